// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the mirror's policies when an event lacks its own, or the one that nearly took its packet.
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
  // All current policies; none: they cannot be read, or the mirror lacks some.
  using Read = PacedReading<std::vector<Policy>>::Read;

  explicit KnownPolicies(Read read, std::function<Clock::time_point()> now = Clock::now)
      : policies_(std::move(read), std::move(now)) {}

  // Adds the policy of the event, and the near one, if the event lacks them and the policies decide.
  void complete(Event& e);

private:
  PacedReading<std::vector<Policy>> policies_;
};

// Access to the mirror's map of policies.
struct PolicyMap {
  std::function<std::vector<std::pair<uint64_t, policy_kept>>(int& error)> rows; // by address; `error`: an errno
  std::function<int(uint64_t address, policy_kept& row)> look_up;  // one of them; 0, or an error with errno set
  std::function<std::optional<uint64_t>()> no_room;                // how many had no room; none: unknown
  std::function<std::optional<policy_row>(uint64_t address)> read; // from the kernel; none: it cannot be
};
// None: they cannot be read, or some are missing, so that it is unknown which one the kernel took.
std::optional<std::vector<Policy>> read_policies(const PolicyMap& map, int64_t clock_offset);

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer);

} // namespace xs
