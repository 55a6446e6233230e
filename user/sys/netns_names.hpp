// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What people call a netns: "init", a name from `ip netns`, or a process that lives in it.
#pragma once

#include "pace.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace xs {

class NetnsNames {
public:
  explicit NetnsNames(uint32_t init_inum) : init_(init_inum) {}

  // None: no name and no process was found, now or a moment ago: events of a netns without a name, which any user can
  // make, do not keep this process busy.
  std::optional<std::string> name(uint32_t inum);
  // As the last scan found it.
  std::optional<std::string> known(uint32_t inum) const;
  // The netns is gone; its inode number may be given to another one.
  void forget(uint32_t inum) {
    names_.erase(inum);
    processes_.hurry();
  }
  // Looks at /run/netns and at every process.
  void scan();
  // Looks at /run/netns only, which is quicker; not if it did so a moment ago.
  void look_at_mounts();

private:
  uint32_t init_;
  std::map<uint32_t, std::string> names_;
  Pace processes_{std::chrono::milliseconds(100)}, mounts_{Pace::Clock::duration::zero()};

  void scan_mounts();
};

} // namespace xs
