// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts causes.
#include "causes.hpp"

#include <algorithm>

namespace xs {

// A netns may get its name while events come from it.
bool is_of(const Netns& counted, const Netns& netns) {
  return counted.inum == netns.inum && (!counted.name || counted.name == netns.name);
}

void Causes::add(const Event& e, const Finding& f) {
  CauseCount& c = counts_[{e.netns.inum, e.netns.name, e.counter, f.cause}];
  if (!c.n) c = {e.netns, e.counter, f.cause, 0, e.real_ns, e.real_ns, e.mono_ns, e.mono_ns};
  c.n += e.n;
  if (e.mono_ns < c.first_mono_ns) {
    c.first_mono_ns = e.mono_ns;
    c.first_real_ns = e.real_ns;
  }
  if (e.mono_ns > c.last_mono_ns) {
    c.last_mono_ns = e.mono_ns;
    c.last_real_ns = e.real_ns;
  }
}

void Causes::count_unknown(Summary& summary) const {
  for (NetnsResult& ns : summary.netns)
    for (auto& [counter, result] : ns.counters) {
      result.without_cause = 0;
      for (const auto& [key, c] : counts_)
        if (c.counter == counter && c.cause == kUnknownCause && is_of(c.netns, ns.netns)) result.without_cause += c.n;
    }
}

void Causes::put(Summary& summary) const {
  summary.causes.clear();
  for (const auto& [key, count] : counts_)
    summary.causes.push_back(count);
  count_unknown(summary);
  std::ranges::stable_sort(summary.causes, [](const CauseCount& a, const CauseCount& b) { return a.n > b.n; });
}

} // namespace xs
