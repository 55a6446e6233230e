// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Opens the maps of a running xfrm-snap from another process.
#pragma once

#include "../sys/fd.hpp"
#include "../sys/result.hpp"
#include "maps.hpp"

#include <optional>
#include <string>

namespace xs {

// The maps, open for reading.
struct PinnedMaps {
  Fd states;
  Fd policies;
  Fd deleted;
  Fd tc;
  Fd errors, totals, sites; // of a run that traces
  Fd lost;
};

// None: no run has maps there. Fails if one may run, but its maps cannot be read.
Result<std::optional<PinnedMaps>> open_pinned(const std::string& dir);

// Pure. The error for a map that is open, but that the kernel does not let this process read.
tl::unexpected<Error> unread(const char* map, int error);

// All rows of a map, each once.
template <class Key, class Row> Result<std::vector<std::pair<Key, Row>>> read_pinned(const Fd& map, const char* name) {
  int error = 0;
  auto out = read_rows<Key, Row>(map.get(), error);
  if (error) return unread(name, error);
  return out;
}

} // namespace xs
