// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the counters of every netns at the start and the end of a run: increments that were not seen were missed.
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

  // Follows the netns that `list` reads from the kernel, opens the gate, and takes the first reading. The hooks on
  // netns are attached before.
  Status start(const List& list);
  // Takes the last reading, then closes the gate.
  void finish();
  // The netns alive at the last reading; `gap` says what was missed in each.
  std::vector<NetnsId> alive() const;
  Difference gap(NetnsId netns) const;
  // The netns that existed at the last reading, but could not be read.
  const std::set<NetnsId>& unread() const { return unread_; }
  // An errno if the list of netns is incomplete; else 0.
  int error() const { return error_; }
  // The same for a netns that is gone, from its last counters.
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
