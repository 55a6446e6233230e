// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps what was printed, so that every increment is in exactly one line's `n`. Pure.
#pragma once

#include "../model/records.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

namespace xs {

class Ledger {
public:
  // How many increments a line for this event stands for: those of its row that no line stands for yet. 0: an event
  // that came in late, behind one that already stands for it; no line is due.
  uint64_t settle(const error_record& e);
  // The same for a row read from the map, whose events were counted but not all sent.
  uint64_t settle(const error_key& key, uint64_t row_count);
  // What is left of a netns' counter: increments that found no row.
  uint64_t settle_total(uint32_t netns, uint8_t counter, uint64_t total);
  // The sum of all lines' `n` of a netns' counter.
  uint64_t printed(uint32_t netns, uint8_t counter) const;
  // The netns is gone; the next one with its inode number starts at zero.
  void forget(uint32_t netns);

private:
  std::unordered_map<std::string, uint64_t> rows_; // by the key's bytes: the row's count up to which lines stand
  std::map<std::pair<uint32_t, uint8_t>, uint64_t> printed_;
};

} // namespace xs
