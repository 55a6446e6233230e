// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Picks exact readings out of samples taken under traffic.
#include "tally.hpp"

#include <algorithm>

namespace xs {
namespace {

void improve(Difference& best, const Difference& next) {
  for (size_t i = 0; i < best.value.size(); i++) {
    if (next.blur[i] > best.blur[i]) continue;
    best.value[i] = next.blur[i] < best.blur[i] ? next.value[i] : std::max(best.value[i], next.value[i]);
    best.blur[i] = next.blur[i];
  }
}

bool exact(const Difference& d) {
  return std::ranges::all_of(d.blur, [](uint64_t b) { return b == 0; });
}

} // namespace

Difference difference(const counters_row& row) {
  Difference out;
  for (size_t i = 0; i < out.value.size(); i++) {
    out.value[i] = static_cast<int64_t>(row.kernel[i] - row.seen[i]);
    out.blur[i] = row.moved[i];
  }
  return out;
}

std::optional<Difference> settled_difference(const std::function<std::optional<counters_row>()>& read) {
  constexpr int kLeast = 3, kMost = 50;
  std::optional<Difference> best;
  for (int i = 0; i < kMost && !(i >= kLeast && best && exact(*best)); i++) {
    const auto row = read();
    if (!row && i >= kLeast) break;
    if (!row) continue;
    if (best)
      improve(*best, difference(*row));
    else
      best = difference(*row);
  }
  return best;
}

} // namespace xs
