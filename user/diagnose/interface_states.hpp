// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The SAs of an xfrm interface that refused a packet. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// True if the SAs with the interface's if_id would tell why.
bool wants_states(const Event& e);

// Notes the SA that the policy of the event asks for; where it has none, one that has the interface's if_id; where
// there is none either, the tombstone of the last one that had it. `live`, `gone`: those with an if_id.
void tell_states(Event& e, std::span<const State> live, std::span<const State> gone);

} // namespace xs
