// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policies that were candidates for a lost outbound packet. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>
#include <string>

namespace xs {

// True if they would show why it is lost: it was sent into an interface, or no policy took it.
bool wants_out_policy(const Event& e);

// Notes the policy that certainly took the packet. If none did, notes the nearest: one that takes the flow but has
// another mark or if_id, or the reverse. Its `differs` is "netns" if it belongs to another netns, in which the
// interface was made and where it would take the packet; it is empty if the policy may have taken the packet.
void tell_out_policy(Event& e, std::span<const Policy> policies);

// " The nearest one, the out policy ..., wants if_id 0x2, and the packet's is 0x1."; empty: none.
std::string near_out_text(const Event& e);

// True if the packet was sent into a VTI, whose key is the mark of the lookup.
bool into_vti(const Event& e);

} // namespace xs
