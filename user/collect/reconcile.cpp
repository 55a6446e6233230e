// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares counts; an unknown count stays unknown.
#include "reconcile.hpp"

#include <algorithm>

namespace xs {
namespace {

// None: a counter that fell, or is less than was seen, was not read from this netns.
std::optional<uint64_t> kernel_count(uint64_t known, int64_t beyond) {
  const auto rise = static_cast<int64_t>(known) + beyond;
  if (rise < 0) return {};
  return static_cast<uint64_t>(rise);
}

} // namespace

std::map<NetnsId, Counts> counts_of(const std::vector<std::pair<total_key, total_row>>& totals) {
  std::map<NetnsId, Counts> out;
  for (const auto& [key, row] : totals) {
    if (key.counter & AFTER_LIMIT) continue;
    Counts& of = out[netns_id(key)];
    const auto counter = static_cast<uint8_t>(key.counter);
    if (counter < COUNTER_SLOTS) (key.counter & FILTERED ? of.filtered : of.told)[counter] = row.count;
  }
  return out;
}

std::map<uint8_t, CounterResult> reconcile(const std::optional<Difference>& gap, const Counts& seen) {
  std::map<uint8_t, CounterResult> out;
  for (uint8_t c = 1; c < COUNTER_SLOTS; c++) {
    CounterResult r;
    r.seen = seen.told[c];
    r.filtered = seen.filtered[c];
    if (gap) {
      r.kernel = kernel_count(r.seen + r.filtered, gap->value[c]);
      r.uncertainty = gap->uncertainty[c];
    }
    if (r.seen || r.filtered || r.kernel.value_or(0) || (gap && !r.kernel)) out.emplace(c, r);
  }
  return out;
}

uint64_t missed(const Summary& summary) {
  uint64_t n = 0;
  for (const NetnsResult& ns : summary.netns)
    for (const auto& [c, r] : ns.counters)
      if (const uint64_t known = r.seen + r.filtered; r.kernel && *r.kernel > known + r.uncertainty)
        n += *r.kernel - known;
  return n;
}

bool whole(const Summary& summary) {
  const auto explained = [](const auto& counter) { return counter.second.complete(); };
  return summary.problems.empty() && !summary.lost() && std::ranges::all_of(summary.netns, [&](const NetnsResult& ns) {
           return std::ranges::all_of(ns.counters, explained);
         });
}

} // namespace xs
