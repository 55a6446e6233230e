// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's policies, read when an event lacks its own, or the one that nearly took its packet.
#pragma once

#include "paced_reading.hpp"

#include "../model/event.hpp"
#include "../model/records.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace xs {

class Tracer;

class KnownPolicies {
public:
  using Clock = std::chrono::steady_clock;
  // All policies, as of now; none: they cannot be read, or the mirror lacks some.
  using Read = PacedReading<std::vector<Policy>>::Read;

  explicit KnownPolicies(Read read, std::function<Clock::time_point()> now = Clock::now)
      : policies_(std::move(read), std::move(now)) {}

  // Adds the policy that the event is about, and the near one, where the event lacks them and the policies tell.
  void complete(Event& e);

private:
  PacedReading<std::vector<Policy>> policies_;
};

// The mirror's policies, as the kernel side has them.
struct PolicyMap {
  std::function<std::vector<std::pair<uint64_t, policy_kept>>(int& error)> rows; // by address; `error`: an errno
  std::function<int(uint64_t address, policy_kept& row)> look_up;  // one of them; 0, or errno says why not
  std::function<std::optional<uint64_t>()> no_room;                // how many found none; none: unknown
  std::function<std::optional<policy_row>(uint64_t address)> read; // from the kernel; none: it cannot be
};
// None: they cannot be read, or some are not there, so that nothing can be said of which one the kernel took.
std::optional<std::vector<Policy>> read_policies(const PolicyMap& map, int64_t clock_offset);

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer);

} // namespace xs
