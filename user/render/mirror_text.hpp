// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the mirror tells people: lines below an event, lines of changes. Pure.
#pragma once

#include "layout.hpp"
#include "xfrm_block.hpp"

namespace xs {

// Lines `state`, `deleted`, `policy` and `near` (a policy that nearly took the packet), those that are known. `mono_ns`
// is the event's.
std::string evidence_text(const Evidence& evidence, uint64_t mono_ns, const TextStyle& style);

// One line each.
std::string to_text(const Change& change, const TextStyle& style);
std::string to_text(const DefaultsChange& change, const TextStyle& style);

} // namespace xs
