// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts repeated failures.
#include "repeats.hpp"
#include "../model/loss.hpp"
#include "live.hpp"
#include "wrap.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr size_t kRows = 65536;

std::string span(uint64_t ns) {
  const double s = static_cast<double>(ns) / 1e9;
  return s < 0.1  ? fmt::format("{:.0f} ms", s * 1000)
         : s < 10 ? fmt::format("{:.1f} s", s)
                  : fmt::format("{:.0f} s", s);
}

std::string title_of(const Event& e, const Finding& f) {
  std::string out = fmt::format("{}  {}  netns {}", heading(e.counter), f.cause, netns_text(e.netns));
  if (e.packet) out += "  " + packet_title(*e.packet);
  return out;
}

} // namespace

std::string Repeats::more(const std::string& key, Row& row) {
  const uint64_t passed = row.last_ns > row.told_ns ? row.last_ns - row.told_ns : 0;
  const std::string count = fmt::format("… {} more in {}", grouped(row.waiting), span(passed));
  row.waiting = 0;
  row.told_ns = row.last_ns;
  if (below_ == key) return fmt::format("    {}\n", count);
  below_ = key;
  return wrap(fmt::format("{}  {}", row.title, count), 0, style_.width) + "\n";
}

std::string Repeats::add(const Event& e, const Finding& f) {
  const std::string key = f.cause + '\0' + e.row;
  if (const auto known = rows_.find(key); known != rows_.end()) {
    Row& row = known->second;
    if (!row.waiting) row.waiting_ns = e.mono_ns;
    row.waiting += e.n;
    row.last_ns = e.mono_ns;
    return {};
  }
  std::string out;
  if (rows_.size() >= kRows) { // a flood of failures that do not repeat
    out = due(e.mono_ns, true);
    rows_.clear();
  }
  if (const auto above = rows_.find(below_); above != rows_.end() && above->second.waiting)
    out += more(above->first, above->second);
  Row& row = rows_[key];
  row.title = title_of(e, f);
  row.told_ns = row.last_ns = e.mono_ns;
  below_ = key;
  return out + to_text(e, f, style_);
}

std::string Repeats::due(uint64_t now, bool all) {
  std::string out;
  for (auto& [key, row] : rows_) {
    const bool quiet = now > row.last_ns + kSecond, long_enough = now > row.waiting_ns + 3 * kSecond;
    if (row.waiting && (all || quiet || long_enough)) out += more(key, row);
  }
  return out;
}

} // namespace xs
