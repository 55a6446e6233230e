// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks exact readings out of samples taken under traffic.
#include "tally.hpp"

#include <algorithm>

namespace xs {
Difference difference(const counters_row& row) {
  Difference out;
  for (size_t i = 0; i < out.value.size(); i++) {
    out.value[i] = static_cast<int64_t>(row.kernel[i] - row.seen[i]);
    out.blur[i] = row.moved[i];
  }
  return out;
}

Difference better(const Difference& a, const Difference& b) {
  Difference out = a;
  for (size_t i = 0; i < out.value.size(); i++) {
    if (b.blur[i] > out.blur[i]) continue;
    out.value[i] = b.blur[i] < out.blur[i] ? b.value[i] : std::max(out.value[i], b.value[i]);
    out.blur[i] = b.blur[i];
  }
  return out;
}

bool exact(const Difference& d) {
  return std::ranges::all_of(d.blur, [](uint64_t b) { return b == 0; });
}

} // namespace xs
