// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where readings come from: the netns that are followed, and the kernel's counters of each beside what was seen of
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
  using Rows = std::vector<std::pair<uint64_t, netns_row>>; // by the address of a netns' counters
  virtual ~CounterSource() = default;

  // The netns that are followed. `error`: an errno where the kernel does not tell all of them.
  virtual Rows netns(int& error) = 0;
  // Has one followed, if it is not yet. False: errno says why not.
  virtual bool follow(uint64_t mib, const netns_row& row) = 0;
  virtual void forget(uint64_t mib) = 0;
  // None: it is gone, or cannot be read just now.
  virtual std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns) = 0;
  // Only between these two increments are counted as seen.
  virtual void open_gate() = 0;
  virtual void close_gate() = 0;
  // CLOCK_MONOTONIC.
  virtual uint64_t now_ns() = 0;
  // Lets what is on its way arrive.
  virtual void pause() = 0;
};

} // namespace xs
