// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Remembers the finding of each row, for increments that were counted but not sent: they repeat the last one that
// was.
#pragma once

#include "diagnose.hpp"

#include <unordered_map>

namespace xs {

class Memory {
public:
  Finding judge(const Event& e);

private:
  std::unordered_map<std::string, Finding> last_; // by Event::row
};

} // namespace xs
