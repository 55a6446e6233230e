// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What people call a netns: "init", a name from `ip netns`, or a process that lives in it.
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

  // None: no name and no process was found, now or a moment ago: events of a netns without a name, which any user can
  // make, do not keep this process busy.
  std::optional<std::string> name(uint32_t inum);
  // As the last scan found it.
  std::optional<std::string> known(uint32_t inum) const;
  // The netns is gone; its inode number may be given to another one.
  void forget(uint32_t inum) {
    names_.erase(inum);
    std::erase_if(mounts_, [inum](const auto& known) { return known.second.inum == inum; });
  }
  // Looks at /run/netns and at every process.
  void scan();
  // Looks at what is new in /run/netns only, which is quicker; for a fifth of the time at most.
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
