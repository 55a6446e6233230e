// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Judges what a node offers: each requirement with what was found and the remedy. Pure.
#pragma once

#include "node.hpp"
#include "../model/requirement.hpp"
#include "../sys/result.hpp"

#include <string>
#include <vector>

namespace xs {

// What is to be done here: tracing needs more than a look at the kernel's text.
enum class Purpose : uint8_t { trace, probes };

// In the order in which they are best remedied: what the kernel lacks, what the process lacks, what was tried.
std::vector<Requirement> judge(const Node& node, Purpose purpose = Purpose::trace);
// The first that is bad as one sentence with its remedy; capabilities that lack are named all at once.
Status first_failure(const std::vector<Requirement>& requirements);
// A sentence for each capability without which less is known.
std::vector<std::string> lesser_abilities(const std::vector<Requirement>& requirements);

} // namespace xs
