// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a counter rose beyond what was seen.
#pragma once

#include "../../user/collect/tally.hpp"

#include <cstddef>
#include <cstdint>

namespace xs::test {

inline Difference difference_of(size_t counter, int64_t value, uint64_t blur = 0) {
  Difference out;
  out.value[counter] = value;
  out.blur[counter] = blur;
  return out;
}

} // namespace xs::test
