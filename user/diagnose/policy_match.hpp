// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the policy of a packet among those of the mirror, where the compiled kernel does not say which one it was, or
// tells only the first one of two. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// True if the policy of the event is worth looking for: the packet is known, and the policy that failed is not.
bool wants_policy(const Event& e);

// The policy that fits the packet, with the smallest priority, of those that block where a policy blocked; none: none
// fits, or an in and a fwd policy with other templates do.
std::optional<Policy> match_policy(const Event& e, std::span<const Policy> policies);

} // namespace xs
