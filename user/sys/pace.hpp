// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How often something may be done that takes long where there is much: for one part of the time at most, in the long
// run. What is asked for now and then is done at once. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace xs {

class Pace {
public:
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;

  // `share`: one part in so many. `credit`: time that may be spent at once after a rest. `longest`: no rest is longer,
  // even where that is more than the share.
  Pace(int share, Duration credit, Duration longest = Duration::max())
      : share_(share), most_(credit), longest_(longest), credit_(credit) {}

  bool due(Clock::time_point now) {
    if (counted_ != Clock::time_point{} && now > counted_)
      credit_ = std::min(credit_ + (now - counted_) / share_, most_);
    counted_ = now;
    return credit_ >= Duration::zero();
  }
  // It took from `began` to `ended`.
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
