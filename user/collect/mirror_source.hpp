// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where rows of the mirror come from: a run's pinned maps, or a snapshot of one's own.
#pragma once

#include "../model/records.hpp"
#include "pinned_maps.hpp"

#include <utility>
#include <vector>

namespace xs {

class MirrorSource {
public:
  MirrorSource() = default;
  MirrorSource(const MirrorSource&) = delete;
  MirrorSource& operator=(const MirrorSource&) = delete;
  virtual ~MirrorSource() = default;

  // Each row with the kernel's address of its object; in no order.
  virtual std::vector<std::pair<uint64_t, state_row>> states() = 0;
  virtual std::vector<std::pair<uint64_t, policy_row>> policies() = 0;
  virtual std::vector<state_row> deleted() = 0;
};

class PinnedSource : public MirrorSource {
public:
  explicit PinnedSource(PinnedMaps maps) : maps_(std::move(maps)) {}
  std::vector<std::pair<uint64_t, state_row>> states() override;
  std::vector<std::pair<uint64_t, policy_row>> policies() override;
  std::vector<state_row> deleted() override;

private:
  PinnedMaps maps_;
};

} // namespace xs
