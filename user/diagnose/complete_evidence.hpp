// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds to an event what follows from what it holds. Pure.
#pragma once

#include "secpath.hpp"

#include "../model/event.hpp"

namespace xs {

// Where the state's selector does not take the flow, `differs` names the fields: "sel.family", "sel.src", "sel.dst",
// "sel.sport", "sel.dport", "sel.proto", "sel.dev" in place of "sel", which stays where none is known.
void complete_evidence(Event& e);

// Where the policy was found among those of the mirror: which of its templates failed, and the SA that it met.
void tell_template(Event& e);

// Notes that template of the event's policy; none: an SA that none of them asks for.
void note_misfit(Event& e, const TemplateMisfit& wrong);

} // namespace xs
