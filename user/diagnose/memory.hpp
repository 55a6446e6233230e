// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Remembers what failures came down to: increments that were counted and not sent are further ones of the last that
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
