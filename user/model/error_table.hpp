// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a run has counted so far, one row per failure. Unknown is nullopt.
#pragma once

#include "event.hpp"

namespace xs {

struct ErrorRow {
  uint8_t counter = 0;
  Netns netns;
  std::optional<SiteRef> site;               // none: increments that had no room for a row of their own
  uint64_t n = 0;                            // increments
  std::optional<uint64_t> bytes;             // of the packets whose length is known
  std::optional<uint64_t> first_ns, last_ns; // CLOCK_MONOTONIC
  std::optional<PacketInfo> first, last;
  Match match = Match::unknown;
  std::vector<std::string> differs;
  Boxed<State> state;                 // of the first event: addresses, identity, reqid, mode, mark, if_id
  std::optional<uint64_t> deleted_ns; // when the fitting state was removed; held: the last one with its identity
};

} // namespace xs
