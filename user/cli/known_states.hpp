// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the mirror's SAs of xfrm interfaces when such an interface refuses a packet.
#pragma once

#include "paced_reading.hpp"

#include "../model/event.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace xs {

class Tracer;

class KnownStates {
public:
  using Clock = std::chrono::steady_clock;
  struct Lists {
    std::vector<State> live, gone; // with an if_id
  };
  // None: they cannot be read.
  using Read = PacedReading<Lists>::Read;

  explicit KnownStates(Read read, std::function<Clock::time_point()> now = Clock::now)
      : lists_(std::move(read), std::move(now)) {}

  // Adds the SA of the event, or its tombstone. The event's policy must be known already.
  void complete(Event& e);

private:
  PacedReading<Lists> lists_;
};

KnownStates::Read states_of(std::optional<Tracer>& tracer);

} // namespace xs
