// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and raises resource limits; reads the memory limits of cgroups.
#include "limits.hpp"
#include "procfs.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace xs {
namespace {

void raise(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (getrlimit(resource, &limit) || limit.rlim_cur >= std::min(limit.rlim_max, most)) return;
  limit.rlim_cur = std::min(limit.rlim_max, most);
  setrlimit(resource, &limit);
}

// Adds each folder from this one up to the root of the hierarchy.
void add_levels(std::string path, const std::string& root, const char* name, std::vector<std::string>& out) {
  while (path.ends_with('/'))
    path.pop_back();
  for (;; path.resize(path.rfind('/'))) {
    out.push_back(root + path + "/" + name);
    if (path.empty()) return;
  }
}

// Parses a line "N:controllers:/path"; version 2 has number 0 and no controllers.
void add_files(std::string_view line, std::vector<std::string>& out) {
  const size_t first = line.find(':'), second = line.find(':', std::min(first, line.size() - 1) + 1);
  if (first == line.npos || second == line.npos || line.substr(second + 1, 1) != "/") return;
  const std::string path(line.substr(second + 1));
  const std::string controllers = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
  if (line.starts_with("0::")) add_levels(path, "/sys/fs/cgroup", "memory.max", out);
  if (controllers.find(",memory,") != controllers.npos)
    add_levels(path, "/sys/fs/cgroup/memory", "memory.limit_in_bytes", out);
}

} // namespace

void raise_limits() {
  constexpr rlim_t kManyFiles = 65536;
  raise(RLIMIT_NOFILE, kManyFiles);
  raise(RLIMIT_AS, RLIM_INFINITY);
}

std::optional<uint64_t> hard_limit(int resource) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) || limit.rlim_max == RLIM_INFINITY) return {};
  return limit.rlim_max;
}

bool may_write(uint64_t bytes) {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= bytes;
}

std::vector<std::string> memory_limit_files(std::string_view cgroups) {
  std::vector<std::string> out;
  while (!cgroups.empty()) {
    const std::string_view line = cgroups.substr(0, cgroups.find('\n'));
    cgroups.remove_prefix(std::min(line.size() + 1, cgroups.size()));
    if (!line.empty()) add_files(line, out);
  }
  return out;
}

std::optional<MemoryLimit> memory_limit() {
  std::optional<MemoryLimit> out;
  for (const std::string& file : memory_limit_files(read_file("/proc/self/cgroup").value_or("")))
    if (const auto bytes = read_number(file); bytes && (!out || *bytes < out->bytes)) out = {file, *bytes}; // or "max"
  return out;
}

} // namespace xs
