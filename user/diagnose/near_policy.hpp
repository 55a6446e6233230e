// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the policy that nearly takes a packet which none takes, or which another one took that refuses it. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// True if such a policy would tell why the packet failed.
bool wants_near(const Event& e);

// Of XfrmInNoPols: the policy whose templates are what the packet came through, with the fewest differences; one whose
// `differs` is empty takes the flow by all that is known, or others are as near and differ in something else. Of
// XfrmInTmplMismatch: of a packet that came through SAs, the policy that asks for them and would have come first but
// for mark or if_id; of one that came in clear and is forwarded, the out policy that waits for it: `differs` is "dir",
// or empty if it is not known which policy that is, or whether one does, and those that may do not agree in which side
// the packet is from. None: no policy has that much in common with it.
std::optional<NearPolicy> near_policy(const Event& e, std::span<const Policy> policies);

} // namespace xs
