// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A way into each netns: the kernel knows them by inode number, setns(2) wants a file descriptor.
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

// Quick: mounts (ip netns, docker, CRI) and processes. Thorough also looks at every thread and every open file, which
// costs milliseconds per hundred processes, but only while one is missing.
enum class Search { quick, thorough };

// Calls `visit` once for each netns (by inode number) with a descriptor that holds for the call: a node may have more
// netns than a process may have open files. Gives those that nothing leads to.
std::set<uint32_t> visit_netns(std::set<uint32_t> inums, Search search,
                               const std::function<void(uint32_t inum, int fd)>& visit);

// Does something inside each netns, on a thread that ends with it: the caller stays where it is. `entered` says whether
// it is there. Gives the netns that were not found.
std::set<uint32_t> inside_each(const std::set<uint32_t>& inums, Search search,
                               const std::function<void(uint32_t inum, const Status& entered)>& visit);

struct NetnsMount {
  uint32_t inum;
  std::string path; // as the process sees it whose mounts they are
};

// Pure. The netns that are mounted somewhere, from the text of /proc/PID/mountinfo.
std::vector<NetnsMount> netns_mounts(std::string_view mountinfo);
// Pure. The inode number in the text of a link like /proc/PID/ns/net: "net:[4026531840]"; none: it leads elsewhere.
std::optional<uint32_t> netns_in_link(std::string_view text);

} // namespace xs
