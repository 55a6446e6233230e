// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names of devices by netns and index: selectors and offload contain the index only.
#pragma once

#include "../model/mirror.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace xs {

std::map<int32_t, std::string> read_device_names(uint32_t netns);

class DeviceNames {
public:
  using Clock = std::chrono::steady_clock;
  using Names = std::map<int32_t, std::string>; // by the device's index
  // `read` enters a netns by its inode number; one that it cannot enter has no names.
  explicit DeviceNames(std::function<Names(uint32_t netns)> read = read_device_names,
                       std::function<Clock::time_point()> now = Clock::now)
      : read_(std::move(read)), now_(std::move(now)) {}

  // Fills in the names of devices of a state or policy, if its netns can be entered and still has them.
  void fill(State& state);
  void fill(Policy& policy);
  void fill(Device& dev, const Netns& netns);
  // The netns is gone; its inode number may be reused.
  void forget(uint32_t netns) { known_.erase(netns); }
  // Netns whose names are kept.
  size_t size() const { return known_.size(); }

private:
  struct Known {
    Names names;
    Clock::time_point read;
  };
  std::function<Names(uint32_t netns)> read_;
  std::function<Clock::time_point()> now_;
  std::map<uint32_t, Known> known_; // by the inode number of the netns; read within the last second

  const Known& known(uint32_t netns);

  std::optional<std::string> name(uint32_t netns, int32_t ifindex);
};

} // namespace xs
