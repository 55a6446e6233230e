// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds to an event what can be derived from its evidence. Pure.
#pragma once

#include "secpath.hpp"

#include "../model/event.hpp"

namespace xs {

// If the state's selector does not take the flow, replaces "sel" in `differs` by the fields: "sel.family", "sel.src",
// "sel.dst", "sel.sport", "sel.dport", "sel.proto", "sel.dev". "sel" stays if none is known.
void complete_evidence(Event& e);

// For a policy found in the mirror: notes the template that failed, and the SA that it met.
void tell_template(Event& e);

// Notes the template of the event's policy that failed; none: an SA that no template asks for.
void note_misfit(Event& e, const TemplateMisfit& wrong);

} // namespace xs
