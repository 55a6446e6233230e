// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The cause of an error, the reason to believe it, and advice.
#pragma once

#include <string>
#include <vector>

namespace xs {

inline constexpr const char* kUnknownCause = "unknown";

struct Finding {
  std::string cause = kUnknownCause; // a label of the table of causes
  std::string why;                   // one or two sentences with the actual values
  std::string advice;                // one sentence
  std::vector<std::string> missing;  // evidence that would have decided, or said more
};

} // namespace xs
