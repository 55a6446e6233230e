// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Identifies a netns within a run: inode numbers are reused as soon as a netns is gone.
#pragma once

#include <compare>
#include <cstdint>

namespace xs {

struct NetnsId {
  uint32_t inum = 0;    // 0: not known which
  uint64_t born_ns = 0; // CLOCK_MONOTONIC; 0: before the run
  auto operator<=>(const NetnsId&) const = default;
};

// `netns` and `born_ns` of a key or record.
template <class Row> NetnsId netns_id(const Row& row) {
  return {row.netns, row.born_ns};
}

} // namespace xs
