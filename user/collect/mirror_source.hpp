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
  static Result<MirrorSource> of_run(PinnedMaps maps);
  // A snapshot: sentences on what it lacks are added to `problems`.
  static Result<MirrorSource> own(KernelMemory& memory, std::vector<std::string>& problems);

  // Each object once, with the kernel's address of it; in no order. Of a state, what changes per packet is as of now.
  std::vector<std::pair<uint64_t, state_reading>> states();
  std::vector<std::pair<uint64_t, policy_row>> policies();
  std::vector<state_row> deleted();
  // With what the kernel says of them now.
  std::vector<std::pair<tc_row, std::optional<tc_reading>>> tc();

private:
  MirrorSource(PinnedMaps maps, Tracer reader) : maps_(std::move(maps)), reader_(std::move(reader)) {}
  PinnedMaps maps_;
  Tracer reader_; // reads the kernel's objects
};

} // namespace xs
