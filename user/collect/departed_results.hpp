// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What netns counted that went before the run ended. Pure.
#pragma once

#include "../model/event.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace xs {

// On a node whose netns come and go for months not all of them can have a line of their own.
class DepartedResults {
public:
  static constexpr size_t kKept = 4096;
  // `merged` is told whose line goes.
  explicit DepartedResults(std::function<void(const Netns&)> merged) : merged_(std::move(merged)) {}
  // Where there are many, the oldest one is added to those that have one line together.
  void add(NetnsResult result);
  // All of them; first, in a netns without inode number, those that have one line together.
  std::vector<NetnsResult> take();

private:
  std::function<void(const Netns&)> merged_;
  std::deque<NetnsResult> kept_;
  NetnsResult others_{kOtherNetns, {}};
};

} // namespace xs
