// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The maps of an xfrm-snap that runs, opened by another one.
#pragma once

#include "../sys/fd.hpp"
#include "../sys/result.hpp"
#include "maps.hpp"

#include <optional>
#include <string>

namespace xs {

// For reading.
struct PinnedMaps {
  Fd states;
  Fd policies;
  Fd deleted;
  Fd tc;
  Fd errors, totals, sites; // of a run that traces
  Fd lost;
};

// None: nobody runs who has maps there. Fails if somebody may run, but the maps cannot be read.
Result<std::optional<PinnedMaps>> open_pinned(const std::string& dir);

// Pure. The sentence on a map that is open, but that the kernel does not let this process read.
tl::unexpected<Error> unread(const char* map, int error);

// All rows of a map, each once.
template <class Key, class Row> Result<std::vector<std::pair<Key, Row>>> read_pinned(const Fd& map, const char* name) {
  int error = 0;
  auto out = read_rows<Key, Row>(map.get(), error);
  if (error) return unread(name, error);
  return out;
}

} // namespace xs
