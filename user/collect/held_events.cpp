// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds events in a queue ordered by time.
#include "held_events.hpp"

#include "../model/known_sum.hpp"

#include <algorithm>

namespace xs {

bool HeldEvents::join(uint32_t cpu, uint64_t mono_ns, std::optional<uint64_t> packets) {
  const auto it =
      std::ranges::find_if(held_, [&](const Held& h) { return h.event.cpu == cpu && h.event.mono_ns == mono_ns; });
  if (it == held_.end()) return false;
  it->event.packets = known_sum(it->event.packets, packets);
  return true;
}

// The receiver of an event may hold the next one.
void HeldEvents::give_first() {
  Event event = std::move(held_.front().event);
  held_.pop_front();
  give_(std::move(event));
}

void HeldEvents::release(Clock::time_point now) {
  while (!held_.empty() && now - held_.front().since >= kWhile)
    give_first();
}

void HeldEvents::release_all() {
  while (!held_.empty())
    give_first();
}

} // namespace xs
