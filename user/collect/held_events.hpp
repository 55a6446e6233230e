// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps the errors of outbound packets for a moment: where one was cut into segments, the kernel tells only after the
// error how many were lost behind it. Pure.
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
  // Longer than the kernel takes from an error to the end of the packet's other segments.
  static constexpr std::chrono::milliseconds kWhile{5};

  explicit HeldEvents(Give give) : give_(std::move(give)) {}
  bool empty() const { return held_.empty(); }
  void hold(Event event, Clock::time_point now) { held_.push_back({std::move(event), now}); }
  // More packets that the error of that processor and time (CLOCK_MONOTONIC, ns) stands for; none: not known how many.
  // False: it is not held any more.
  bool join(uint32_t cpu, uint64_t mono_ns, std::optional<uint64_t> packets);
  // Gives those that were held long enough, in the order in which they came.
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
