// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The meaning of each counter, and commands to look further.
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

// A text that says so for a counter that is not in the table.
const CounterHelp& counter_help(uint8_t counter);

} // namespace xs
