// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's policies, read when an event lacks its own, or the one that nearly took its packet.
#pragma once

#include "../model/event.hpp"

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
      : read_(std::move(read)), now_(std::move(now)), credit_(kMostCredit) {}

  // Adds the policy that the event is about, and the near one, where the event lacks them and the policies tell.
  void complete(Event& e);

private:
  static constexpr std::chrono::milliseconds kMostCredit{200};
  Read read_;
  std::function<Clock::time_point()> now_;
  std::optional<std::vector<Policy>> policies_;
  Clock::duration credit_; // time that readings may take; a tenth of what passes is added, up to kMostCredit
  Clock::time_point counted_{};

  void refresh(const Event& e);
};

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer);

} // namespace xs
