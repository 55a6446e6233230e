// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the devices of each netns are called: selectors and offload know them by index.
#pragma once

#include "../model/mirror.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace xs {

class DeviceNames {
public:
  // Names the devices of a state or policy, as far as its netns can be entered and still has them.
  void fill(State& state);
  void fill(Policy& policy);
  void fill(Device& dev, const Netns& netns);

private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    std::map<int32_t, std::string> names;
    Clock::time_point read;
  };
  std::map<uint32_t, Known> known_; // by the inode number of the netns

  std::optional<std::string> name(uint32_t netns, int32_t ifindex);
};

} // namespace xs
