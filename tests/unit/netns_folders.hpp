// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes folders like /run/netns and /proc; links to files of other file systems stand for mounts.
#pragma once

#include "../../user/sys/netns_names.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace xs::test {

namespace fs = std::filesystem;

inline constexpr uint32_t kInit = 1;

inline uint32_t inode(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return static_cast<uint32_t>(info.st_ino);
}

// Files of another file system than the folders': any two will do.
inline const std::string kOne = "/proc/self/ns/net", kOther = "/proc/self/ns/uts";

struct NetnsNode {
  fs::path top;
  NetnsFolders folders;

  NetnsNode() {
    char text[] = "/tmp/netns-names-XXXXXX";
    REQUIRE(mkdtemp(text));
    top = text;
    folders = {top / "run", top / "proc"};
    fs::create_directories(folders.mounts);
    fs::create_directories(folders.processes);
  }
  ~NetnsNode() { fs::remove_all(top); }
  NetnsNode(const NetnsNode&) = delete;
  NetnsNode& operator=(const NetnsNode&) = delete;

  void made(const std::string& name) const { std::ofstream(fs::path(folders.mounts) / name); }
  void mounted(const std::string& name, const std::string& netns) const {
    fs::remove(fs::path(folders.mounts) / name);
    fs::create_symlink(netns, fs::path(folders.mounts) / name);
  }
  void unmounted(const std::string& name) const { fs::remove(fs::path(folders.mounts) / name); }
  void process(const std::string& pid, const char* comm, const std::string& netns) const {
    const fs::path folder = fs::path(folders.processes) / pid;
    fs::create_directories(folder / "ns");
    fs::create_symlink(netns, folder / "ns/net");
    if (comm) std::ofstream(folder / "comm") << comm << "\n";
  }
};

} // namespace xs::test
