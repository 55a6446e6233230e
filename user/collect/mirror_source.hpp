// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the mirror of a running xfrm-snap, or makes a snapshot of its own.
#pragma once

#include "../attach/tracer.hpp"
#include "finder.hpp"
#include "pinned_maps.hpp"

#include <utility>
#include <vector>

namespace xs {

class MirrorSource {
public:
  // The mirror of a run that has pinned its maps.
  static MirrorSource of_run(PinnedMaps maps);
  // Takes a snapshot. Adds sentences on what it lacks to `problems`.
  static Result<MirrorSource> own(KernelMemory& memory, std::vector<std::string>& problems);

  // Each object once, with its address in the kernel, unordered. The fields that change per packet are read now;
  // `problem` says why if they cannot be. Fails if the kernel does not let this process read the map.
  Result<std::vector<std::pair<uint64_t, state_reading>>> states(std::string& problem);
  Result<std::vector<std::pair<uint64_t, policy_row>>> policies(std::string& problem);
  Result<std::vector<state_row>> deleted(std::string& problem);
  // A sentence if objects are missing; else empty. `kind`: enum lost_kind of those that had no room.
  std::string lack(uint32_t kind, const char* what) const;
  // With what the kernel says of them now; `problem` says why if that is not known.
  Result<std::vector<std::pair<tc_row, std::optional<tc_reading>>>> tc(std::string& problem);

private:
  MirrorSource(PinnedMaps maps, std::optional<Tracer> reader) : maps_(std::move(maps)), reader_(std::move(reader)) {}
  PinnedMaps maps_;
  std::optional<Tracer> reader_; // of the kernel's objects

  Status load_reader();
  std::string need_reader();
  Result<uint64_t> lost(uint32_t kind) const;
};

} // namespace xs
