// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds numbers that may be unknown. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace xs {

// None: one of them is unknown.
constexpr std::optional<uint64_t> known_sum(std::optional<uint64_t> a, std::optional<uint64_t> b) {
  if (!a || !b) return {};
  return *a + *b;
}

} // namespace xs
