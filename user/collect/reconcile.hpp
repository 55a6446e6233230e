// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares what lines stand for with what the kernel counted. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"
#include "netns_id.hpp"
#include "tally.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace xs {

// Increments of a netns by counter: those that lines stand for, and those that the filter left out.
struct Counts {
  std::array<uint64_t, COUNTER_SLOTS> told{}, filtered{};
};

// Counts from the rows of map `totals`, by netns. What came after the last event of --count is in neither number, and
// is not compared.
std::map<NetnsId, Counts> counts_of(const std::vector<std::pair<total_key, total_row>>& totals);

// `gap`: by how much the counters rose beyond what was seen; none: they could not be read.
std::map<uint8_t, CounterResult> reconcile(const std::optional<Difference>& gap, const Counts& seen);

// Increments that the kernel counted and that were certainly not seen.
uint64_t missed(const Summary& summary);

// True if every counter is explained, nothing was lost, and there is no problem.
bool whole(const Summary& summary);

} // namespace xs
