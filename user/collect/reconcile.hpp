// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds what lines stand for against what the kernel counted. Pure.
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

// Increments of a netns by counter: those that lines stand for, and those that nobody asked for.
struct Counts {
  std::array<uint64_t, COUNTER_SLOTS> told{}, filtered{};
};

// From the rows of map `totals`, by netns. What came after --count's last line was neither told nor filtered, and is no
// part of what is compared.
std::map<NetnsId, Counts> counts_of(const std::vector<std::pair<total_key, total_row>>& totals);

// `gap`: what the counters rose beyond what was seen; none: they could not be read.
std::map<uint8_t, CounterResult> reconcile(const std::optional<Difference>& gap, const Counts& seen);

// Increments that the kernel counted and nobody saw, as far as that is certain.
uint64_t missed(const Summary& summary);

// Every counter is explained, nothing was lost, and there is no problem.
bool whole(const Summary& summary);

} // namespace xs
