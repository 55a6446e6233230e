// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps what was printed, so that every increment is in exactly one line's `n`. Pure.
#pragma once

#include "../model/records.hpp"
#include "netns_id.hpp"

#include <cstdint>
#include <map>
#include <optional>
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
  // How many packets a line stands for that was settled with `n` of a row's `row_count` increments; none: that is not
  // known of all of the row's. `row_packets`: 0 if so.
  std::optional<uint64_t> settle_packets(const error_key& key, uint64_t row_packets, uint64_t row_count, uint64_t n);
  // Lines stand for all of these.
  void settled_packets(const error_key& key, uint64_t row_packets);
  // Whether lines stand for all of a row's events.
  bool settled(const error_key& key, uint64_t row_count) const;
  // What is left of a netns' counter: increments that found no row.
  uint64_t settle_total(NetnsId netns, uint8_t counter, uint64_t total);
  // The sum of all lines' `n` of a netns' counter.
  uint64_t printed(NetnsId netns, uint8_t counter) const;
  // The netns is gone.
  void forget(NetnsId netns);

private:
  std::map<NetnsId, std::unordered_map<std::string, uint64_t>>
      rows_; // by the key's bytes: up to which count lines stand
  std::map<NetnsId, std::unordered_map<std::string, uint64_t>> packets_; // likewise; none: one for each increment
  std::map<NetnsId, std::map<uint8_t, uint64_t>> printed_;               // by counter
};

} // namespace xs
