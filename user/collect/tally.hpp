// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds the kernel's counters against what was seen of them. Pure.
//
// Traffic never stops for us, so neither is read alone: a sample reads both at one moment, and only the difference
// "kernel minus seen" counts. It stays the same as long as every increment is seen; by how much it grew between the
// first and the last sample is what was missed.
#pragma once

#include "../model/records.hpp"

#include <array>
#include <cstdint>

namespace xs {

// "Kernel minus seen" of each counter of one netns.
struct Difference {
  std::array<int64_t, COUNTER_SLOTS> value{};
  std::array<uint64_t, COUNTER_SLOTS> blur{}; // not 0: events came in while it was read; `value` may be too high by it
};

// The difference in one sample.
Difference difference(const counters_row& row);

// The best of both: an event that is seen but not yet counted by the kernel makes a sample's difference too small, so
// the larger holds; an exact reading wins over a blurred one.
Difference better(const Difference& a, const Difference& b);

// True if nothing was blurred.
bool exact(const Difference& d);

} // namespace xs
