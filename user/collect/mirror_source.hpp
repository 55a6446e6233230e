// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's maps, of a run or of one's own, and the objects that their rows stand for.
#pragma once

#include "../attach/tracer.hpp"
#include "finder.hpp"
#include "pinned_maps.hpp"

#include <utility>
#include <vector>

namespace xs {

class MirrorSource {
public:
  // Of a run that has pinned its maps.
  static MirrorSource of_run(PinnedMaps maps);
  // A snapshot: sentences on what it lacks are added to `problems`.
  static Result<MirrorSource> own(KernelMemory& memory, std::vector<std::string>& problems);

  // Each object once, with the kernel's address of it; in no order. What changes per packet is as of now; `problem`
  // says why, where that could not be read. Fails where the kernel does not let this process read the map.
  Result<std::vector<std::pair<uint64_t, state_reading>>> states(std::string& problem);
  Result<std::vector<std::pair<uint64_t, policy_row>>> policies(std::string& problem);
  Result<std::vector<state_row>> deleted(std::string& problem);
  // A sentence if not all is there; else empty. `kind`: of enum lost_kind, what found no room.
  std::string lack(uint32_t kind, const char* what) const;
  // With what the kernel says of them now, or `problem` on why that is not known.
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
