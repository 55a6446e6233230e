// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Records what was printed, so that every increment is in the `n` of exactly one line. Pure.
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
  // The increments that a line for this event stands for: those of its row that no line stands for yet. 0: the event
  // came late, behind one whose line already stands for it; no line is due.
  uint64_t settle(const error_record& e);
  // The same for a row read from the map, not all of whose events were sent.
  uint64_t settle(const error_key& key, uint64_t row_count);
  // The packets that a line stands for which was settled with `n` of the row's `row_count` increments; none: not known
  // for all of the row. `row_packets`: 0 in that case.
  std::optional<uint64_t> settle_packets(const error_key& key, uint64_t row_packets, uint64_t row_count, uint64_t n);
  // Lines now stand for all packets of the row.
  void settled_packets(const error_key& key, uint64_t row_packets);
  // True if lines stand for all events of a row.
  bool settled(const error_key& key, uint64_t row_count) const;
  // The remainder of a netns' counter: increments that had no row.
  uint64_t settle_total(NetnsId netns, uint8_t counter, uint64_t total);
  // The sum of `n` over all lines of a netns' counter.
  uint64_t printed(NetnsId netns, uint8_t counter) const;
  // The netns is gone.
  void forget(NetnsId netns);

private:
  std::map<NetnsId, std::unordered_map<std::string, uint64_t>>
      rows_; // by the bytes of the key: the count that lines stand for
  std::map<NetnsId, std::unordered_map<std::string, uint64_t>> packets_; // likewise; none: one for each increment
  std::map<NetnsId, std::map<uint8_t, uint64_t>> printed_;               // by counter
};

} // namespace xs
