// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks up the netns that a word on the command line means.
#include "netns_words.hpp"
#include "fd.hpp"

#include <charconv>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <optional>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace xs {
namespace {

constexpr uint32_t kMostProcesses = 1u << 22; // PID_MAX_LIMIT; inode numbers of namespaces are far above

std::optional<uint32_t> number(const std::string& word) {
  uint32_t out = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  if (error != std::errc{} || end != word.data() + word.size()) return {};
  return out;
}

// The path at which to look for the netns.
std::string place(const std::string& word) {
  if (word.find('/') != std::string::npos) return word;
  if (word == "init") return "/proc/1/ns/net";
  const std::string named = "/run/netns/" + word;
  const auto process = number(word);
  return process && access(named.c_str(), F_OK) ? fmt::format("/proc/{}/ns/net", *process) : named;
}

} // namespace

Result<uint32_t> netns_inum(const std::string& word) {
  const auto inum = number(word);
  if (inum && *inum > kMostProcesses) return *inum;
  if (word.empty()) return fail("a netns has no empty name; give its name, a path, a process or its inode number");
  const std::string path = place(word);
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return fail("cannot find netns {}: {}: {}", word, path, errno_text());
  struct stat file {};
  struct statfs system {};
  const bool found = !fstat(fd.get(), &file) && !fstatfs(fd.get(), &system) && system.f_type == NSFS_MAGIC;
  if (!found || ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET)
    return fail("cannot find netns {}: {} is none; ip netns lists those with a name", word, path);
  return static_cast<uint32_t>(file.st_ino);
}

Result<std::set<uint32_t>> netns_inums(const std::vector<std::string>& words) {
  std::set<uint32_t> out;
  for (const std::string& word : words) {
    const auto inum = netns_inum(word);
    if (!inum) return tl::unexpected(inum.error());
    out.insert(*inum);
  }
  return out;
}

} // namespace xs
