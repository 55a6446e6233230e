// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The source of readings: the netns that are followed, and for each the kernel's counters and what was seen of
// them.
#pragma once

#include "../model/records.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace xs {

class CounterSource {
public:
  using Rows = std::vector<std::pair<uint64_t, netns_row>>; // by the address of the netns' counters
  virtual ~CounterSource() = default;

  // The netns that are followed. `error`: an errno if the list is incomplete.
  virtual Rows netns(int& error) = 0;
  // Follows a netns, if it is not followed yet. False: see errno.
  virtual bool follow(uint64_t mib, const netns_row& row) = 0;
  virtual void forget(uint64_t mib) = 0;
  // None: the netns is gone, or cannot be read just now.
  virtual std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns) = 0;
  // Increments are counted as seen only between these two.
  virtual void open_gate() = 0;
  virtual void close_gate() = 0;
  // CLOCK_MONOTONIC.
  virtual uint64_t now_ns() = 0;
  // Waits for events that are under way.
  virtual void pause() = 0;
};

} // namespace xs
