// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Results of netns that were removed before the end of the run. Pure.
#pragma once

#include "../model/event.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace xs {

// If netns come and go for months, not each of them can have a line of its own.
class DepartedResults {
public:
  static constexpr size_t kKept = 4096;
  // `merged` is called with each netns that loses its line.
  explicit DepartedResults(std::function<void(const Netns&)> merged) : merged_(std::move(merged)) {}
  // If there are many, the oldest joins those that share a line.
  void add(NetnsResult result);
  // All results; first the shared line, as a netns without inode number.
  std::vector<NetnsResult> take();

private:
  std::function<void(const Netns&)> merged_;
  std::deque<NetnsResult> kept_;
  NetnsResult others_{kOtherNetns, {}};
};

} // namespace xs
