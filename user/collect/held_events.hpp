// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds errors of outbound packets for a moment: of a GSO packet, the number of segments lost behind the failed one is
// only known after the error. Pure.
#pragma once

#include "../model/event.hpp"

#include <chrono>
#include <deque>
#include <functional>

namespace xs {

class HeldEvents {
public:
  using Clock = std::chrono::steady_clock;
  using Give = std::function<void(Event)>;
  // Longer than the kernel takes from the error to the end of the other segments.
  static constexpr std::chrono::milliseconds kWhile{5};

  explicit HeldEvents(Give give) : give_(std::move(give)) {}
  bool empty() const { return held_.empty(); }
  void hold(Event event, Clock::time_point now) { held_.push_back({std::move(event), now}); }
  // Adds packets to the error of that CPU and time (CLOCK_MONOTONIC, ns); none: an unknown number. False: the error is
  // no longer held.
  bool join(uint32_t cpu, uint64_t mono_ns, std::optional<uint64_t> packets);
  // Releases events that were held long enough, in their order.
  void release(Clock::time_point now);
  void release_all();

private:
  struct Held {
    Event event;
    Clock::time_point since;
  };
  Give give_;
  std::deque<Held> held_;

  void give_first();
};

} // namespace xs
