// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Formats values for the sentences of causes.
#include "words.hpp"

#include <cctype>
#include <cstring>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr uint64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;

// Spans of at least `least` are printed in `unit`s.
struct Unit {
  uint64_t least, unit;
  const char* format;
};
constexpr Unit kUnits[] = {{48 * 3600 * kSecond, 24 * 3600 * kSecond, "{:.0f} days"},
                           {120 * 60 * kSecond, 3600 * kSecond, "{:.1f} h"},
                           {120 * kSecond, 60 * kSecond, "{:.0f} min"},
                           {10 * kSecond, kSecond, "{:.0f} s"},
                           {kSecond, kSecond, "{:.1f} s"},
                           {0, kMillisecond, "{:.0f} ms"}};

std::string how_text(How how) {
  switch (how) {
  case How::netlink:
    return "netlink";
  case How::flush:
    return "flush";
  case How::acquire:
    return "acquire";
  case How::replaced:
    return "replaced by a newer one";
  case How::netns_exit:
    return "with its netns";
  default:
    return {};
  }
}

std::optional<std::string> used_up(const std::optional<uint64_t>& limit, uint64_t used, const char* what) {
  if (!limit || used < *limit) return {};
  return fmt::format("its hard limit of {} {}{} ({} used)", *limit, what, *limit == 1 ? "" : "s", used);
}

std::optional<std::string> run_out(const std::optional<uint64_t>& limit, const std::optional<uint64_t>& since,
                                   int64_t real_ns, const char* what) {
  const auto now_s = static_cast<uint64_t>(real_ns / static_cast<int64_t>(kSecond));
  if (!limit || !since || now_s < *since + *limit) return {};
  return fmt::format("its hard limit of {} s after {} ({} s passed)", *limit, what, now_s - *since);
}

} // namespace

std::string spi_text(uint32_t spi) {
  return fmt::format("spi {:#010x}", spi);
}

std::string sa_text(const State& s) {
  return fmt::format("the SA src {} dst {} {}{}", packet_end(s.src), packet_end(s.dst), s.proto,
                     s.spi ? " " + spi_text(s.spi) : "");
}

std::string state_id(const State& s) {
  const std::string mark = s.mark.unset() ? "" : fmt::format(" mark {:#x} mask {:#x}", s.mark.value, s.mark.mask);
  return fmt::format("src {} dst {} proto {} {}{}", packet_end(s.src), packet_end(s.dst), s.proto, spi_text(s.spi),
                     mark);
}

std::string mark_text(const Mark& m) {
  return fmt::format("{:#x}/{:#x}", m.value, m.mask);
}

std::string actor_text(const Actor& h) {
  if (h.how == How::timer) return "by the kernel's lifetime timer";
  const std::string how = how_text(h.how);
  if (h.by) return fmt::format("by {}[{}]{}", h.by->comm, h.by->pid, how.empty() ? "" : fmt::format(" ({})", how));
  return how.empty() ? "" : fmt::format("({})", how);
}

std::string error_text(uint16_t error) {
  const char* name = strerrorname_np(error);
  return name ? fmt::format("{} ({})", name, error) : fmt::format("error {}", error);
}

std::string bytes_text(uint64_t n) {
  return fmt::format("{} {}", n, n == 1 ? "byte" : "bytes");
}

std::string upper_first(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string span_text(uint64_t ns) {
  if (ns < kMillisecond) return "less than 1 ms";
  for (const Unit& u : kUnits)
    if (ns >= u.least)
      return fmt::format(fmt::runtime(u.format), static_cast<double>(ns) / static_cast<double>(u.unit));
  return {};
}

std::string ago_text(const Actor& h, uint64_t now_mono_ns) {
  if (!h.mono_ns) return {};
  return fmt::format(" {} ago", span_text(now_mono_ns > *h.mono_ns ? now_mono_ns - *h.mono_ns : 0));
}

std::string ago_by_text(const Actor& h, uint64_t now_mono_ns) {
  const std::string actor = actor_text(h);
  return ago_text(h, now_mono_ns) + (actor.empty() ? "" : " " + actor);
}

std::string removal_text(const State& d, uint64_t now_mono_ns) {
  return ago_by_text(d.removed.value_or(Actor{}), now_mono_ns);
}

std::string ended_text(const State& d, const Event& e) {
  const int64_t at = d.removed && d.removed->real_ns ? *d.removed->real_ns : e.real_ns;
  const auto limit = d.live ? limit_reached(d.limits, d.live->used, at) : std::nullopt;
  return fmt::format("{} has expired: it reached {}, and was ended{}.", upper_first(sa_text(d)),
                     limit.value_or("a hard limit"), removal_text(d, e.mono_ns));
}

std::string packet_end(const std::optional<std::string>& address) {
  return address.value_or("?");
}

bool without_ports(const PacketInfo& p) {
  const bool has = p.proto == "udp" || p.proto == "tcp" || p.proto == "sctp";
  return has && p.sport == 0 && p.dport == 0;
}

std::string flow_text(const PacketInfo& p) {
  std::string out = fmt::format("{} -> {}", packet_end(p.src), packet_end(p.dst));
  if (p.proto) out += " " + *p.proto;
  if (without_ports(p)) return out + " (without ports, as fragments are)";
  if (p.sport && p.dport) out += fmt::format(" {} -> {}", *p.sport, *p.dport);
  return out;
}

std::optional<std::string> limit_reached(const Limits& l, const Used& u, int64_t real_ns) {
  if (auto said = used_up(l.hard_packets, u.packets, "packet")) return said;
  if (auto said = used_up(l.hard_bytes, u.bytes, "byte")) return said;
  if (auto said = run_out(l.hard_add_s, u.added_s, real_ns, "it was added")) return said;
  return run_out(l.hard_use_s, u.used_s, real_ns, "its first use");
}

} // namespace xs
