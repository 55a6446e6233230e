// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks exact readings from samples taken under traffic.
#include "tally.hpp"

#include <algorithm>

namespace xs {
Difference difference(const counters_row& row) {
  Difference out;
  for (size_t i = 0; i < out.value.size(); i++) {
    out.value[i] = static_cast<int64_t>(row.kernel[i] - row.seen[i]);
    out.uncertainty[i] = row.seen_delta[i];
  }
  return out;
}

Difference better(const Difference& a, const Difference& b) {
  Difference out = a;
  for (size_t i = 0; i < out.value.size(); i++) {
    if (b.uncertainty[i] > out.uncertainty[i]) continue;
    out.value[i] = b.uncertainty[i] < out.uncertainty[i] ? b.value[i] : std::max(out.value[i], b.value[i]);
    out.uncertainty[i] = b.uncertainty[i];
  }
  return out;
}

bool exact(const Difference& d) {
  return std::ranges::all_of(d.uncertainty, [](uint64_t b) { return b == 0; });
}

} // namespace xs
