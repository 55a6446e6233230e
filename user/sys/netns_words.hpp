// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How people point at a netns on the command line.
#pragma once

#include "result.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace xs {

// The inode number of the netns meant by "init", a name of `ip netns`, a path, a process' number or an inode number,
// in this order. An inode number is taken at its word: the netns may be gone.
Result<uint32_t> netns_inum(const std::string& word);
Result<std::set<uint32_t>> netns_inums(const std::vector<std::string>& words);

} // namespace xs
