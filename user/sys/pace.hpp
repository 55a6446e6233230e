// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Limits the share of time that is spent on something slow. What is asked for only now and then is done at once.
// Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace xs {

class Pace {
public:
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;

  // `share`: at most one part in so many. `credit`: time that may be spent at once after a rest. `longest`: the longest
  // rest, even if the share is then exceeded.
  Pace(int share, Duration credit, Duration longest = Duration::max())
      : share_(share), most_(credit), longest_(longest), credit_(credit) {}

  bool due(Clock::time_point now) {
    if (counted_ != Clock::time_point{} && now > counted_)
      credit_ = std::min(credit_ + (now - counted_) / share_, most_);
    counted_ = now;
    return credit_ >= Duration::zero();
  }
  // Says that it took from `began` to `ended`.
  void done(Clock::time_point began, Clock::time_point ended) {
    credit_ -= ended - began;
    if (longest_ != Duration::max()) credit_ = std::max(credit_, -longest_ / share_);
    counted_ = ended;
  }

private:
  int share_;
  Duration most_, longest_, credit_;
  Clock::time_point counted_{}; // until when `credit_` was counted
};

} // namespace xs
