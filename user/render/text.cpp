// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lays out events and the summary as aligned text.
#include "text.hpp"
#include "json.hpp"
#include "mirror_text.hpp"
#include "tc_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace xs {
namespace {

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

std::string verdict(const CounterResult& r, const TextStyle& style) {
  const std::string kernel = r.kernel ? fmt::format("{} counted", *r.kernel) : std::string("could not be read");
  const std::string text = fmt::format("{}, {} explained", kernel, r.seen);
  if (r.complete()) return r.blur ? fmt::format("{} (read under traffic, give or take {})", text, r.blur) : text;
  const uint64_t missed = r.kernel && *r.kernel > r.seen ? *r.kernel - r.seen : 0;
  return paint(missed ? fmt::format("{}: {} MISSED", text, missed) : fmt::format("{}: DIFFERS", text), kRed,
               style.color);
}

} // namespace

std::string to_text(const Event& e, const TextStyle& style) {
  std::string out = time_text(e.real_ns, e.mono_ns, style) + paint(counter_name(e.counter), kBold, style.color);
  if (e.n > 1) out += fmt::format("  x{}", e.n);
  out += fmt::format("  netns {}\n", netns_text(e.netns));
  if (e.packet) out += row(e.packet->is_flow ? "flow" : "packet", packet_text(*e.packet), style);
  if (e.site) {
    const std::string module = e.site->module.empty() ? "" : fmt::format(" [{}]", e.site->module);
    const std::string cpu = e.cpu ? fmt::format("  cpu {}", *e.cpu) : "";
    out += row("site", fmt::format("{}+{:#x}{}{}", e.site->function, e.site->offset, module, cpu), style);
  }
  if (e.evidence) out += evidence_text(*e.evidence, e.mono_ns, style);
  if (e.tc) out += tc_text(*e.tc, e.mono_ns, style);
  if (e.process) out += row("process", process_text(*e.process), style);
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
  if (s.lost_states)
    out += fmt::format("{} states found no room in the mirror, what is said of them may lack; raise --max-states\n",
                       s.lost_states);
  if (s.lost_policies)
    out += fmt::format("{} policies found no room in the mirror; raise --max-states\n", s.lost_policies);
  if (s.lost_tc) out += fmt::format("{} times there was no room for what tc has\n", s.lost_tc);
  if (s.lost_changes)
    out += fmt::format("{} changes found the ring buffer full and were not printed\n", s.lost_changes);
  for (const std::string& p : s.problems)
    out += fmt::format("{}\n", p);
  out += s.complete
             ? paint("complete: every increment of the kernel's counters is explained above\n", kGreen, style.color)
             : paint("INCOMPLETE: see above\n", kRed, style.color);
  return out;
}

} // namespace xs
