// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the policy that nearly takes a packet which no policy takes, or which another policy took and refused. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// True if such a policy would show why the packet failed.
bool wants_near(const Event& e);

// XfrmInNoPols: the policy whose templates the packet's SAs meet, with the fewest differences. If its `differs` is
// empty, it takes the flow as far as is known, or others are as near but differ elsewhere. XfrmInTmplMismatch, packet
// that came through SAs: the policy that asks for them and would have precedence but for mark or if_id. Forwarded
// packet in clear: the out policy that waits for it, with `differs` "dir"; `differs` is empty if it is not known
// whether one waits or which, and the candidates disagree on which side the packet comes from. None: no policy has that
// much in common with the packet.
std::optional<NearPolicy> near_policy(const Event& e, std::span<const Policy> policies);

} // namespace xs
