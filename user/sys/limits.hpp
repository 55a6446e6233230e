// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Limits of this process: open files, address space, memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

// Raises the limits of open files and address space to the hard limits. No other process inherits them: this one starts
// none.
void raise_limits();
// The hard limit of an RLIMIT_*, in its unit; none: unlimited.
std::optional<uint64_t> hard_limit(int resource);
// True if a file may grow to so many bytes (RLIMIT_FSIZE).
bool may_write(uint64_t bytes);

struct MemoryLimit {
  std::string file; // where the limit is
  uint64_t bytes;
};
// The lowest limit of the cgroups that this process is in; none: there is none, or none is visible.
std::optional<MemoryLimit> memory_limit();

// Pure. The files with the limits of the cgroups in the text of /proc/self/cgroup, and of their ancestors.
std::vector<std::string> memory_limit_files(std::string_view cgroups);

} // namespace xs
