// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the kernel means by each counter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

struct CounterHelp {
  uint8_t counter;
  std::string_view meaning;           // a sentence
  std::vector<std::string_view> look; // commands to look further
};

// For a counter that the table does not have: says so.
const CounterHelp& counter_help(uint8_t counter);

} // namespace xs
