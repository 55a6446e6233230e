// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lays out events and the summary as aligned text.
#include "text.hpp"
#include "json.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xs {
namespace {

constexpr const char* kBold = "1";
constexpr const char* kRed = "1;31";
constexpr const char* kGreen = "32";
constexpr const char* kDim = "2";

std::string paint(const std::string& text, const char* how, const TextStyle& style) {
  return style.color ? fmt::format("\x1b[{}m{}\x1b[0m", how, text) : text;
}

std::string time_text(const Event& e, const TextStyle& style) {
  if (style.time == TextStyle::Time::none) return {};
  if (style.time == TextStyle::Time::relative) {
    const double since = static_cast<double>(static_cast<int64_t>(e.mono_ns - style.start_mono_ns)) / 1e9;
    return fmt::format("{:+.6f}  ", since);
  }
  const time_t seconds = e.real_ns / 1'000'000'000;
  tm parts{};
  style.utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof(text), "%F %T", &parts);
  return fmt::format("{}.{:06}{}  ", text, e.real_ns % 1'000'000'000 / 1000, style.utc ? "Z" : "");
}

std::string netns_text(const Netns& ns) {
  if (!ns.inum) return "?";
  return ns.name ? printable(*ns.name) : fmt::format("{}", *ns.inum);
}

std::string endpoint(const std::optional<std::string>& address, const std::optional<uint16_t>& port) {
  if (!address) return "?";
  if (!port) return *address;
  return address->find(':') == address->npos ? fmt::format("{}:{}", *address, *port)
                                             : fmt::format("[{}]:{}", *address, *port);
}

// iproute2's words: src, dst, proto, spi, mark, dev.
std::string packet_text(const PacketInfo& p) {
  std::vector<std::string> words;
  words.push_back(fmt::format("src {} dst {}", endpoint(p.src, p.sport), endpoint(p.dst, p.dport)));
  if (p.proto) words.push_back(fmt::format("proto {}", *p.proto));
  if (p.encap) words.push_back(fmt::format("in {}", *p.encap));
  if (p.spi) words.push_back(fmt::format("spi {}", hex_spi(*p.spi)));
  if (p.seq) words.push_back(fmt::format("seq {}", *p.seq));
  if (p.len) words.push_back(fmt::format("len {}", *p.len));
  if (p.mark) words.push_back(fmt::format("mark {:#x}", *p.mark));
  if (p.ifname)
    words.push_back(fmt::format("dev {}", printable(*p.ifname)));
  else if (p.ifindex)
    words.push_back(fmt::format("dev #{}", *p.ifindex));
  return fmt::format("{}", fmt::join(words, " "));
}

std::string row(const char* name, const std::string& text, const TextStyle& style) {
  return fmt::format("    {} {}\n", paint(fmt::format("{:<8}", name), kDim, style), text);
}

std::string verdict(const CounterResult& r, const TextStyle& style) {
  const std::string kernel = r.kernel ? fmt::format("{} counted", *r.kernel) : std::string("could not be read");
  const std::string text = fmt::format("{}, {} explained", kernel, r.seen);
  if (r.complete()) return r.blur ? fmt::format("{} (read under traffic, give or take {})", text, r.blur) : text;
  const uint64_t missed = r.kernel && *r.kernel > r.seen ? *r.kernel - r.seen : 0;
  return paint(missed ? fmt::format("{}: {} MISSED", text, missed) : fmt::format("{}: DIFFERS", text), kRed, style);
}

// Bytes of the UTF-8 character that the text starts with; 0: none, or one that controls terminals (C0, C1, DEL).
size_t printable_size(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = at(0), second = at(1);
  if (first < 0x80) return first >= 0x20 && first != 0x7f;
  const size_t size = first >= 0xf5 || first < 0xc2 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  for (size_t i = 1; i < size; i++)
    if ((at(i) & 0xc0) != 0x80) return 0;
  const bool c1 = first == 0xc2 && second < 0xa0;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  return c1 || overlong ? 0 : size;
}

} // namespace

std::string printable(const std::string& text) {
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t size = printable_size(rest);
    out += size ? rest.substr(0, size) : "?";
    rest.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

std::string to_text(const Event& e, const TextStyle& style) {
  std::string out = time_text(e, style) + paint(counter_name(e.counter), kBold, style);
  if (e.n > 1) out += fmt::format("  x{}", e.n);
  out += fmt::format("  netns {}\n", netns_text(e.netns));
  if (e.packet) out += row(e.packet->is_flow ? "flow" : "packet", packet_text(*e.packet), style);
  if (e.site) {
    const std::string module = e.site->module.empty() ? "" : fmt::format(" [{}]", e.site->module);
    const std::string cpu = e.cpu ? fmt::format("  cpu {}", *e.cpu) : "";
    out += row("site", fmt::format("{}+{:#x}{}{}", e.site->function, e.site->offset, module, cpu), style);
  }
  if (e.process) out += row("process", fmt::format("{}[{}]", printable(e.process->comm), e.process->pid), style);
  for (size_t i = 0; i < e.stack.size(); i++)
    out += row(i ? "" : "stack", e.stack[i], style);
  return out;
}

std::string to_text(const Summary& s, const TextStyle& style) {
  std::string out;
  for (const NetnsResult& ns : s.netns) {
    out += fmt::format("netns {}\n", netns_text(ns.netns));
    for (const auto& [index, r] : ns.counters)
      out += fmt::format("    {:<24} {}\n", counter_name(index), verdict(r, style));
  }
  if (s.netns.empty()) out += "no error was counted\n";
  if (s.lost_ring)
    out += fmt::format("{} events found the ring buffer full; they are in the counts, not in lines of their own\n",
                       s.lost_ring);
  if (s.lost_map_full) out += fmt::format("{} events found a map full; raise --max-errors\n", s.lost_map_full);
  for (const std::string& p : s.problems)
    out += fmt::format("{}\n", p);
  out += s.complete ? paint("complete: every increment of the kernel's counters is explained above\n", kGreen, style)
                    : paint("INCOMPLETE: see above\n", kRed, style);
  return out;
}

} // namespace xs
