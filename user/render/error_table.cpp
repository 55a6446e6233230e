// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints rows of counted errors.
#include "error_table.hpp"
#include "../model/loss.hpp"
#include "layout.hpp"
#include "or_null.hpp"
#include "xfrm_words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

Json time_json(const std::optional<uint64_t>& mono_ns, int64_t clock_offset_ns) {
  return mono_ns ? Json(iso_time(static_cast<int64_t>(*mono_ns) + clock_offset_ns)) : Json(nullptr);
}

std::string mark_json(const Mark& m) {
  return fmt::format("{:#x}/{:#x}", m.value, m.mask);
}

Json state_json(const State& s) {
  return {{"src", or_null(s.src)},     {"dst", or_null(s.dst)},
          {"proto", s.proto},          {"spi", hex_spi(s.spi)},
          {"reqid", s.reqid},          {"mode", s.mode},
          {"mark", mark_json(s.mark)}, {"if_id", fmt::format("{:#x}", s.if_id)}};
}

// "12.3 s ago"
std::string ago(uint64_t then_ns, uint64_t now_ns) {
  return fmt::format("{:.1f} s ago", now_ns > then_ns ? static_cast<double>(now_ns - then_ns) / 1e9 : 0.0);
}

std::string packet_words(const PacketInfo& p) {
  std::string out = ends_words(p.src, p.dst);
  if (p.proto) out += " proto " + *p.proto;
  if (p.spi) out += " spi " + hex_spi(*p.spi);
  if (p.mark && *p.mark) out += fmt::format(" mark {:#x}", *p.mark);
  return out;
}

} // namespace

Json to_json(const ErrorRow& r, int64_t clock_offset_ns) {
  const auto as_json = [](const auto& value) { return to_json(value); };
  return {{"v", 1},
          {"type", "errors"},
          {"counter", counter_json(r.counter)},
          {"netns", to_json(r.netns)},
          {"n", r.n},
          {"bytes", or_null(r.bytes)},
          {"site", or_null(r.site, as_json)},
          {"first", time_json(r.first_ns, clock_offset_ns)},
          {"last", time_json(r.last_ns, clock_offset_ns)},
          {"packet", or_null(r.last, as_json)},
          {"first_packet", or_null(r.first, as_json)},
          {"match", match_json(r.match)},
          {"differs", r.match != Match::unknown ? Json(r.differs) : Json(nullptr)},
          {"state", or_null(r.state, state_json)},
          {"deleted_ts", time_json(r.deleted_ns, clock_offset_ns)}};
}

std::string to_text(const ErrorRow& r, uint64_t now_ns) {
  const TextStyle plain;
  std::string out = fmt::format("{:>10}  {}  netns {}", r.n, heading(r.counter), netns_text(r.netns));
  if (!r.site) return out + "  others, which found no room for rows of their own\n";
  if (r.last_ns) out += fmt::format("  last {}", ago(*r.last_ns, now_ns));
  if (r.first_ns && r.n > 1) out += fmt::format(", first {}", ago(*r.first_ns, now_ns));
  out += "\n";
  if (r.last) out += row(r.last->is_flow ? "flow" : "packet", packet_words(*r.last), plain);
  if (r.state) out += row("state", state_words(*r.state, r.differs, false), plain);
  const char* const which = r.match == Match::held ? "the last one of its name, " : "one that would have fitted, ";
  if (r.deleted_ns) out += row("deleted", which + ago(*r.deleted_ns, now_ns), plain);
  return out + row("site", fmt::format("{}+{:#x}", r.site->function, r.site->offset), plain);
}

} // namespace xs
