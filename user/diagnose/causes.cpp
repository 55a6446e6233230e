// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts causes by netns and counter.
#include "causes.hpp"
#include "../model/known_sum.hpp"
#include "../model/loss.hpp"

#include <algorithm>

namespace xs {

// A netns may get its name between two of its events.
bool is_of(const Netns& counted, const Netns& netns) {
  return counted.inum == netns.inum && (!counted.name || counted.name == netns.name);
}

void Causes::add(const CauseCount& one) {
  CauseCount& c = counts_[{one.netns.inum, one.netns.name, one.counter, one.cause}];
  const uint64_t n = c.n + one.n;
  const auto packets = known_sum(c.packets, one.packets);
  if (!c.n) c = one;
  c.n = n;
  c.packets = packets;
  if (one.first_mono_ns < c.first_mono_ns) {
    c.first_mono_ns = one.first_mono_ns;
    c.first_real_ns = one.first_real_ns;
  }
  if (one.last_mono_ns > c.last_mono_ns) {
    c.last_mono_ns = one.last_mono_ns;
    c.last_real_ns = one.last_real_ns;
  }
}

void Causes::add(const Event& e, const Finding& f) {
  add({e.netns, e.counter, f.cause, e.n, e.real_ns, e.real_ns, e.mono_ns, e.mono_ns, e.packets});
}

void Causes::merge(const Netns& netns) {
  for (auto it = counts_.lower_bound({netns.inum, {}, 0, {}});
       it != counts_.end() && std::get<0>(it->first) == netns.inum;) {
    if (!is_of(it->second.netns, netns)) {
      ++it;
      continue;
    }
    CauseCount one = std::move(it->second);
    it = counts_.erase(it);
    one.netns = kOtherNetns;
    add(one);
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

// Adds netns with losses to the summary even if none of their counters rose.
void Causes::name_losing(Summary& summary) const {
  for (const auto& [key, c] : counts_) {
    const auto same = [&netns = c.netns](const NetnsResult& ns) { return is_of(netns, ns.netns); };
    if (is_loss(c.counter) && std::ranges::none_of(summary.netns, same)) summary.netns.push_back({c.netns, {}});
  }
}

void Causes::put(Summary& summary) const {
  summary.causes.clear();
  for (const auto& [key, count] : counts_)
    summary.causes.push_back(count);
  count_unknown(summary);
  name_losing(summary);
  std::ranges::stable_sort(summary.causes, [](const CauseCount& a, const CauseCount& b) { return a.n > b.n; });
}

} // namespace xs
