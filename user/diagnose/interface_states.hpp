// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The SAs of an xfrm interface that refused a packet. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// True if the SAs with the interface's if_id would show why.
bool wants_states(const Event& e);

// Notes the SA that the event's policy asks for; without one, an SA with the interface's if_id; without that, the last
// tombstone with it. `live`, `gone`: SAs and tombstones with an if_id.
void tell_states(Event& e, std::span<const State> live, std::span<const State> gone);

} // namespace xs
