// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's policies, read when an event lacks its own.
#pragma once

#include "../attach/tracer.hpp"
#include "../model/event.hpp"

#include <chrono>

namespace xs {

class KnownPolicies {
public:
  // The policy of an event that `wants_policy`; none: none fits.
  std::optional<Policy> of(const Event& e, Tracer& tracer);

private:
  using Clock = std::chrono::steady_clock;
  std::vector<Policy> policies_;
  Clock::time_point read_{}; // when
};

} // namespace xs
