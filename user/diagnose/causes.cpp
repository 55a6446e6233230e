// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts causes.
#include "causes.hpp"

#include <algorithm>

namespace xs {

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

void Causes::put(Summary& summary) const {
  summary.causes.clear();
  for (const auto& [key, count] : counts_)
    summary.causes.push_back(count);
  std::ranges::stable_sort(summary.causes, [](const CauseCount& a, const CauseCount& b) { return a.n > b.n; });
}

} // namespace xs
