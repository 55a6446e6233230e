// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Collects names of netns from bind mounts and processes.
#include "netns_names.hpp"
#include "procfs.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

namespace xs {
namespace {

namespace fs = std::filesystem;

std::optional<uint32_t> inode(const fs::path& path) {
  struct stat info {};
  if (stat(path.c_str(), &info)) return {};
  return static_cast<uint32_t>(info.st_ino);
}

bool is_number(const std::string& text) {
  return text.find_first_not_of("0123456789") == text.npos;
}

template <class Visit> void each_entry(const char* folder, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    visit(it->path());
}

} // namespace

void NetnsNames::scan_mounts() {
  each_entry("/run/netns", [&](const fs::path& mount) {
    if (const auto inum = inode(mount)) names_[*inum] = mount.filename();
  });
  names_[init_] = "init";
}

void NetnsNames::look_at_mounts() {
  const auto began = Pace::Clock::now();
  if (!mounts_.due(began)) return;
  scan_mounts();
  mounts_.done(began, Pace::Clock::now());
}

void NetnsNames::scan() {
  const auto began = Pace::Clock::now();
  each_entry("/proc", [&](const fs::path& process) {
    if (!is_number(process.filename())) return;
    const auto inum = inode(process / "ns/net");
    if (!inum || names_.contains(*inum)) return;
    const std::string comm = read_line(process / "comm").value_or("?");
    names_[*inum] = fmt::format("{}[{}]", comm, process.filename().string());
  });
  scan_mounts();
  processes_.done(began, Pace::Clock::now());
}

std::optional<std::string> NetnsNames::known(uint32_t inum) const {
  const auto it = names_.find(inum);
  if (it == names_.end()) return {};
  return it->second;
}

std::optional<std::string> NetnsNames::name(uint32_t inum) {
  if (!names_.contains(inum) && processes_.due(Pace::Clock::now())) scan();
  return known(inum);
}

} // namespace xs
