// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Handles of netns: BPF programs know a netns by its inode number, setns(2) takes a file descriptor.
#pragma once

#include "result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

// Quick: mounts (ip netns, docker, CRI) and processes. Thorough: also every thread and every open file, at milliseconds
// per hundred processes, but only while a netns is missing.
enum class Search { quick, thorough };

// Calls `visit` once for each netns (by inode number), with a descriptor that is closed after the call: a node may have
// more netns than a process may have open files. Returns the netns without a handle.
std::set<uint32_t> visit_netns(std::set<uint32_t> inums, Search search,
                               const std::function<void(uint32_t inum, int fd)>& visit);

// Runs something inside each netns, on a thread of its own, so that the caller stays in its netns. `entered`: whether
// the netns could be entered. Returns the netns that were not found.
std::set<uint32_t> inside_each(const std::set<uint32_t>& inums, Search search,
                               const std::function<void(uint32_t inum, const Status& entered)>& visit);

struct NetnsMount {
  uint32_t inum;
  std::string path; // as seen by the process that has this mount
};

// Pure. The mounted netns in the text of /proc/PID/mountinfo.
std::vector<NetnsMount> netns_mounts(std::string_view mountinfo);
// Pure. The inode number in the text of a link like /proc/PID/ns/net: "net:[4026531840]"; none: another kind of link.
std::optional<uint32_t> netns_in_link(std::string_view text);

} // namespace xs
