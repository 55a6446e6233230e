// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Judges the facts about a node: each requirement with what was found and the remedy. Pure.
#pragma once

#include "node.hpp"
#include "../model/requirement.hpp"
#include "../sys/result.hpp"

#include <string>
#include <vector>

namespace xs {

// What the node is checked for: tracing needs more than reading the kernel's text.
enum class Purpose : uint8_t { trace, probes };

// In the best order to remedy them: what the kernel lacks, what the process lacks, what was tried.
std::vector<Requirement> judge(const Node& node, Purpose purpose = Purpose::trace);
// The first bad requirement, as a sentence with its remedy; missing capabilities are named together.
Status first_failure(const std::vector<Requirement>& requirements);
// A sentence for each missing capability without which less is known.
std::vector<std::string> lesser_abilities(const std::vector<Requirement>& requirements);

} // namespace xs
