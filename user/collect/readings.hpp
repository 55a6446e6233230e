// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads every netns' counters at the start and at the end of a run: what rose beyond what was seen was missed.
#pragma once

#include "../sys/result.hpp"
#include "counter_source.hpp"
#include "netns_id.hpp"
#include "netns_list.hpp"
#include "tally.hpp"

#include <functional>
#include <map>
#include <set>

namespace xs {

class Readings {
public:
  using List = std::function<Result<std::vector<LiveNetns>>()>;
  explicit Readings(CounterSource& source) : source_(source) {}

  // Opens the gate between the netns that are there, which `list` reads from the kernel, and the first reading. The
  // hooks on netns are attached before.
  Status start(const List& list);
  // The last reading, then closes the gate.
  void finish();
  // Those alive at the last reading; `gap` says what was missed of each.
  std::vector<NetnsId> alive() const;
  Difference gap(NetnsId netns) const;
  // Those that were there at the last reading, and of which nothing could be read.
  const std::set<NetnsId>& unread() const { return unread_; }
  // An errno where the kernel does not tell which netns there are; 0: it does.
  int error() const { return error_; }
  // The same for a netns that is gone, from what its counters were then.
  Difference gap(const netns_gone_record& r) const;

private:
  using Differences = std::map<NetnsId, Difference>;
  CounterSource& source_;
  Differences first_, last_;
  std::set<NetnsId> unread_;
  int error_ = 0;
  uint64_t opened_ns_ = 0, closed_ns_ = UINT64_MAX; // CLOCK_MONOTONIC

  Status track(const List& list);
  Differences read(const std::function<bool(const Differences&)>& settled);
  bool plausible(const Differences& last) const;
  Difference since_start(NetnsId netns, const Difference& last) const;
};

} // namespace xs
