// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What people call a netns: "init", a name from `ip netns`, or a process that lives in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace xs {

class NetnsNames {
public:
  explicit NetnsNames(uint32_t init_inum) : init_(init_inum) {}

  // None: no name and no process was found, now or while it was looked up before.
  std::optional<std::string> name(uint32_t inum);
  // As the last scan found it.
  std::optional<std::string> known(uint32_t inum) const;
  // The netns is gone; its inode number may be given to another one.
  void forget(uint32_t inum) {
    names_.erase(inum);
    scanned_ = {};
  }
  // Looks at /run/netns and at every process.
  void scan();
  // Looks at /run/netns only, which is quick.
  void scan_mounts();

private:
  uint32_t init_;
  std::map<uint32_t, std::string> names_;
  std::chrono::steady_clock::time_point scanned_{};
};

} // namespace xs
