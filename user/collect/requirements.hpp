// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Judges what a node offers: each requirement with what was found and the remedy. Pure.
#pragma once

#include "node.hpp"
#include "../sys/result.hpp"

#include <string>
#include <vector>

namespace xs {

struct Requirement {
  enum class Grade : uint8_t { ok, warn, bad };
  std::string name; // as in the JSON output: "btf", "CAP_BPF", ...
  Grade grade = Grade::ok;
  std::string found;
  std::string remedy; // empty: none is needed
};

// What is to be done here: tracing needs more than a look at the kernel's text.
enum class Purpose : uint8_t { trace, probes };

// In the order in which they are best remedied: what the kernel lacks, what the process lacks, what was tried.
std::vector<Requirement> judge(const Node& node, Purpose purpose = Purpose::trace);
// True if none is bad.
bool satisfied(const std::vector<Requirement>& requirements);
// The first that is bad as one sentence with its remedy; capabilities that lack are named all at once.
Status first_failure(const std::vector<Requirement>& requirements);
// A sentence for each capability without which less is known.
std::vector<std::string> lesser_abilities(const std::vector<Requirement>& requirements);

} // namespace xs
