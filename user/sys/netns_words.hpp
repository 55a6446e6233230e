// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses how the command line names a netns.
#pragma once

#include "result.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace xs {

// The inode number of the netns that "init", a name of `ip netns`, a path, a process id or an inode number means, tried
// in this order. An inode number is not checked: the netns may be gone.
Result<uint32_t> netns_inum(const std::string& word);
Result<std::set<uint32_t>> netns_inums(const std::vector<std::string>& words);

} // namespace xs
