// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where something happened and who did it. Unknown is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xs {

struct Netns {
  std::optional<uint32_t> inum;
  std::optional<std::string> name; // "init", a name from `ip netns`, or a process in it
};

struct Process {
  uint32_t pid = 0;
  std::string comm;
};

// A network device of the netns at hand.
struct Device {
  int32_t ifindex = 0;
  std::optional<std::string> name;
};

} // namespace xs
