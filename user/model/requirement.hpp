// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A requirement on the node, and whether it is satisfied.
#pragma once

#include <cstdint>
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

// True if no requirement is bad.
bool satisfied(const std::vector<Requirement>& requirements);

} // namespace xs
