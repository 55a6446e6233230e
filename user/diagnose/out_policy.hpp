// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policies that a packet which is lost on its way out was looked up among. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>
#include <string>

namespace xs {

// True if they would tell why it is lost: it was sent into an interface, or no policy took it.
bool wants_out_policy(const Event& e);

// Notes which policy surely took the packet; if none did, which one nearly does: it takes the flow, but has another
// mark or if_id, or has those, and takes other flows. Its `differs` is "netns" where it is another netns' and would
// take the packet of an interface that was made there; empty where it may have taken it.
void tell_out_policy(Event& e, std::span<const Policy> policies);

// " The nearest one, the out policy ..., wants if_id 0x2, and the packet's is 0x1."; empty: there is none.
std::string near_out_text(const Event& e);

// True if the packet was sent into a VTI: its key is the mark of the look-up.
bool into_vti(const Event& e);

} // namespace xs
