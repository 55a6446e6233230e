// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The template that failed, and the SA that the kernel looked for. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// nullptr: not known. An optional template cannot fail.
const Template* failed_template(const Event& e);
// What is missing if it is not known.
Judgement without_template(const Event& e);

// The destination of the SA: "192.0.2.2"; "?": not known.
std::string endpoint(const Event& e, const Template& t);
// The source that the SA should have: "192.0.2.1", "that of the kernel's route to 192.0.2.2".
std::string wanted_source(const Event& e, const Template& t);
// True if the template leaves the source to the kernel.
bool open_source(const Template& t);

// "The policy demands esp reqid 1 mode transport to 192.0.2.2", "Template 2 of the policy's 2 demands ..."
std::string demand_text(const Event& e, const Template& t);

} // namespace xs
