// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Text from the mirror: lines below an event, and lines of changes. Pure.
#pragma once

#include "layout.hpp"
#include "xfrm_block.hpp"

namespace xs {

// Lines `state`, `deleted`, `policy` and `near` (a policy that nearly took the packet), if known. `mono_ns`: of the
// event.
std::string evidence_text(const Evidence& evidence, uint64_t mono_ns, const TextStyle& style);

// One line.
std::string to_text(const Change& change, const TextStyle& style);
std::string to_text(const DefaultsChange& change, const TextStyle& style);

} // namespace xs
