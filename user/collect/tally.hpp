// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares the kernel's counters with what was seen of them. Pure.
//
// Traffic does not stop for a reading. So a sample reads both at one moment, and only the difference "kernel minus
// seen" counts. It stays the same as long as every increment is seen; its growth from the first to the last sample is
// what was missed.
#pragma once

#include "../model/records.hpp"

#include <array>
#include <cstdint>

namespace xs {

// "Kernel minus seen" of each counter of one netns.
struct Difference {
  std::array<int64_t, COUNTER_SLOTS> value{};
  std::array<uint64_t, COUNTER_SLOTS>
      uncertainty{}; // not 0: events came in while it was read; `value` may be too high by it
};

// The difference in one sample.
Difference difference(const counters_row& row);

// The better of two: an event that is seen but not yet counted by the kernel makes the difference too small, so the
// larger one is right; an exact reading wins over an uncertain one.
Difference better(const Difference& a, const Difference& b);

// True if nothing is uncertain.
bool exact(const Difference& d);

} // namespace xs
