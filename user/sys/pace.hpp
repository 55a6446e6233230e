// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How often something may be done that takes long where there is much: for one part in 20 of the time at most. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace xs {

class Pace {
public:
  using Clock = std::chrono::steady_clock;
  // `least`: from the end of one to the beginning of the next, however little it took.
  explicit Pace(Clock::duration least) : least_(least) {}

  bool due(Clock::time_point now) const { return now >= next_; }
  void done(Clock::time_point began, Clock::time_point ended) {
    constexpr int kShare = 20;
    affordable_ = ended + (kShare - 1) * (ended - began);
    next_ = std::max(ended + least_, affordable_);
  }
  // What the last one told is known to be old: the next one is due as soon as it may be afforded.
  void hurry() { next_ = affordable_; }

private:
  Clock::duration least_;
  Clock::time_point affordable_{}, next_{};
};

} // namespace xs
