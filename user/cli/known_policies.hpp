// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's policies, read when an event lacks its own, or the one that nearly took its packet.
#pragma once

#include "../model/event.hpp"
#include "../sys/pace.hpp"

#include <chrono>
#include <functional>

namespace xs {

class Tracer;

class KnownPolicies {
public:
  using Clock = std::chrono::steady_clock;
  // All policies, as of now; none: they cannot be read, or the mirror lacks some.
  using Read = std::function<std::optional<std::vector<Policy>>(const Event&)>;

  explicit KnownPolicies(Read read, std::function<Clock::time_point()> now = Clock::now)
      : read_(std::move(read)), now_(std::move(now)) {}

  // Adds the policy that the event is about, and the near one, where the event lacks them and the policies tell.
  void complete(Event& e);

private:
  Read read_;
  std::function<Clock::time_point()> now_;
  std::optional<std::vector<Policy>> policies_;
  // A flood costs a tenth of the time at most. Single events find what is there now; in a flood of different ones, or
  // where a reading takes long, the list is at most 0.2 s old.
  Pace pace_{10, std::chrono::milliseconds(200), std::chrono::milliseconds(200)};

  void refresh(const Event& e);
};

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer);

} // namespace xs
