// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What this process may have at most: of files, address space and memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

// Open files and address space as far as the hard limits let it. What is raised is of no use to anybody else: nothing
// is started from here.
void raise_limits();
// Of RLIMIT_*, in its unit; none: unlimited.
std::optional<uint64_t> hard_limit(int resource);
// Whether a file may grow to so many bytes (RLIMIT_FSIZE).
bool may_write(uint64_t bytes);

struct MemoryLimit {
  std::string file; // that says so
  uint64_t bytes;
};
// The narrowest limit of the cgroups that this process is in; none: there is none, or none that it can see.
std::optional<MemoryLimit> memory_limit();

// Pure. The files with the limits of the cgroups in the text of /proc/self/cgroup, and of those above them.
std::vector<std::string> memory_limit_files(std::string_view cgroups);

} // namespace xs
