// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Collects names of netns from bind mounts and processes.
#include "netns_names.hpp"
#include "procfs.hpp"

#include <dirent.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
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

template <class Visit> void each_entry(const std::string& folder, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    visit(it->path());
}

} // namespace

// A file in /run/netns is created first, and the netns is mounted over it a moment later.
std::optional<uint32_t> NetnsNames::mounted_at(const std::string& name) const {
  struct stat info {};
  struct stat folder {};
  if (stat((fs::path(folders_.mounts) / name).c_str(), &info) || stat(folders_.mounts.c_str(), &folder)) return {};
  if (info.st_dev == folder.st_dev) return {};
  return static_cast<uint32_t>(info.st_ino);
}

// The netns mounted over a file stays the same until the file is replaced, which changes its inode number.
void NetnsNames::scan_mounts() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(folders_.mounts.c_str()), closedir);
  while (const dirent* file = folder ? readdir(folder.get()) : nullptr) {
    const std::string name = file->d_name;
    if (name == "." || name == "..") continue;
    Mount& mount = mounts_[name];
    if (mount.file != file->d_ino || !mount.inum) mount = {file->d_ino, mounted_at(name)};
    if (mount.inum) names_[*mount.inum] = name;
  }
  names_[init_] = "init";
}

void NetnsNames::look_at_mounts() {
  const auto began = Pace::Clock::now();
  if (!mounts_pace_.due(began)) return;
  scan_mounts();
  mounts_pace_.done(began, Pace::Clock::now());
}

void NetnsNames::scan() {
  const auto began = Pace::Clock::now();
  each_entry(folders_.processes, [&](const fs::path& process) {
    if (!is_number(process.filename())) return;
    const auto inum = inode(process / "ns/net");
    if (!inum || names_.contains(*inum)) return;
    const std::string comm = read_line(process / "comm").value_or("?");
    names_[*inum] = fmt::format("{}[{}]", comm, process.filename().string());
  });
  scan_mounts();
  processes_pace_.done(began, Pace::Clock::now());
}

std::optional<std::string> NetnsNames::known(uint32_t inum) const {
  const auto it = names_.find(inum);
  if (it == names_.end()) return {};
  return it->second;
}

std::optional<std::string> NetnsNames::name(uint32_t inum) {
  if (!names_.contains(inum) && processes_pace_.due(Pace::Clock::now())) scan();
  return known(inum);
}

} // namespace xs
