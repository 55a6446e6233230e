// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The template of a policy that failed, and the SA that the kernel looked for because of it. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// None: not known which one. One that is optional does not fail.
const Template* failed_template(const Event& e);
// What lacks where there is none.
Judgement without_template(const Event& e);

// Where the SA leads to: "192.0.2.2"; "?": not known.
std::string endpoint(const Event& e, const Template& t);
// The source that the SA should have: "192.0.2.1", "that of the kernel's route to 192.0.2.2".
std::string wanted_source(const Event& e, const Template& t);
// The source was left to the kernel.
bool open_source(const Template& t);

// "The policy demands esp reqid 1 mode transport to 192.0.2.2", "Template 2 of the policy's 2 demands ..."
std::string demand_text(const Event& e, const Template& t);

} // namespace xs
