// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes differences between the kernel's counters and what was seen.
#pragma once

#include "../../user/collect/tally.hpp"

#include <cstddef>
#include <cstdint>

namespace xs::test {

inline Difference difference_of(size_t counter, int64_t value, uint64_t uncertainty = 0) {
  Difference out;
  out.value[counter] = value;
  out.uncertainty[counter] = uncertainty;
  return out;
}

} // namespace xs::test
