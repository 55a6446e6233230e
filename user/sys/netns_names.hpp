// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The name of a netns: "init", its name in `ip netns`, or a process in it.
#pragma once

#include "pace.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace xs {

// Where names come from.
struct NetnsFolders {
  std::string mounts = "/run/netns";
  std::string processes = "/proc";
};

class NetnsNames {
public:
  explicit NetnsNames(uint32_t init_inum, NetnsFolders folders = {}) : init_(init_inum), folders_(std::move(folders)) {}

  // None: no name and no process was found, now or a moment ago. The result is cached, so that a netns without a name,
  // which any user can make, does not keep this process busy.
  std::optional<std::string> name(uint32_t inum);
  // The name that the last scan found.
  std::optional<std::string> known(uint32_t inum) const;
  // The netns is gone; its inode number may be reused.
  void forget(uint32_t inum) {
    names_.erase(inum);
    std::erase_if(mounts_, [inum](const auto& known) { return known.second.inum == inum; });
  }
  // Reads /run/netns and every process.
  void scan();
  // Reads only what is new in /run/netns, which is quicker; at most a fifth of the time is spent on it.
  void look_at_mounts();

private:
  uint32_t init_;
  NetnsFolders folders_;
  std::map<uint32_t, std::string> names_;
  struct Mount {
    uint64_t file = 0;            // inode number of the file in /run/netns
    std::optional<uint32_t> inum; // of the netns that is mounted over it; none: not yet
  };
  std::map<std::string, Mount> mounts_; // by the file's name
  Pace processes_pace_{20, std::chrono::milliseconds(200)}, mounts_pace_{5, std::chrono::milliseconds(500)};

  void scan_mounts();
  std::optional<uint32_t> mounted_at(const std::string& name) const;
};

} // namespace xs
