// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Network namespaces by the names that `ip netns` gives them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "args.hpp"

namespace lab {

inline constexpr char kNamed[] = "/run/netns";
inline constexpr char kInit[] = "init"; // the namespace of process 1

/// Moves the calling thread into the namespace and gives its inode number; throws SystemError.
uint64_t enter_netns(const std::string& name);

/// What netns=NAME,... names; without it init and all that have a name.
std::vector<std::string> netns_names(const Args& args);

} // namespace lab
