// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A policy of type sub and the main one, whose templates the kernel checks together. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>

namespace xs {

// XfrmInTmplMismatch: if a policy of type sub took the packet, and it is known whether a main one did, too, adds to the
// event the one whose template failed. False: another event, or not known.
bool tell_joined(Event& e, std::span<const Policy> policies);

} // namespace xs
