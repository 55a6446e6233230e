// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Claims a directory on a BPF file system, and pins maps there.
#include "pins.hpp"
#include "../model/joined.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/magic.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <thread>

namespace xs {
namespace {

// The names that any version pins.
constexpr std::string_view kNames[] = {"states", "policies", "tc", "deleted", "errors", "totals", "sites", "lost"};

// Why a directory cannot be claimed.
struct Refusal {
  bool busy; // another run has it
  std::string text;
};
template <class T> using Try = tl::expected<T, Refusal>;

template <class... Args> tl::unexpected<Refusal> refuse(fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected(Refusal{false, fmt::format(format, std::forward<Args>(args)...)});
}

bool on_bpffs(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

// "/a/b/" -> "/a/b"
std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

Try<void> look_at_place(const std::string& dir) {
  if (!dir.starts_with('/')) return refuse("cannot pin maps under '{}': it is not an absolute path", dir);
  const std::filesystem::path path(dir);
  const std::string parent = path.parent_path();
  if (!on_bpffs(parent) && on_bpffs(dir))
    return refuse("cannot pin maps under {0}: a BPF file system is mounted there, which others use as well; name a "
                  "directory in it, as {0}/xfrm-snap",
                  dir);
  if (access(parent.c_str(), F_OK)) return refuse("cannot pin maps under {}: {}: {}", dir, parent, errno_text());
  if (!on_bpffs(parent))
    return refuse("cannot pin maps under {}: {} is not on a BPF file system; mount -t bpf bpf /sys/fs/bpf", dir,
                  parent);
  if (path.filename().string().find('.') != std::string::npos)
    return refuse("cannot pin maps under {}: names on a BPF file system have no dots", dir);
  return {};
}

Try<Fd> open_dir(const std::string& dir) {
  const bool made = mkdir(dir.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return refuse("cannot make the directory {} for pinned maps: {}", dir, errno_text());
  struct stat info {};
  if (lstat(dir.c_str(), &info) == 0 && S_ISLNK(info.st_mode))
    return refuse("cannot pin maps under {}: it is a symbolic link; name the directory itself", dir);
  Fd fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || fstat(fd.get(), &info)) return refuse("cannot pin maps under {}: {}", dir, errno_text());
  if (info.st_uid != geteuid())
    return refuse("cannot pin maps under {}: it belongs to user {}; remove it, or name another one with --pin DIR", dir,
                  info.st_uid);
  if (fchmod(fd.get(), 0700)) return refuse("cannot keep others from {}: {}", dir, errno_text());
  return fd;
}

// A process that checks for a run holds the lock for a moment.
bool lock(int fd) {
  for (int tries = 0; tries < 10; tries++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  errno = EWOULDBLOCK;
  return false;
}

// False if the run that owned the directory has removed it, or another one has replaced it.
bool still_there(int fd, const std::string& dir) {
  struct stat opened {
  }, named{};
  return fstat(fd, &opened) == 0 && lstat(dir.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

Try<Fd> claim_dir(const std::string& dir) {
  constexpr int kTries = 10;
  if (auto place = look_at_place(dir); !place) return tl::unexpected(place.error());
  for (int tries = 0; tries < kTries; tries++) {
    auto fd = open_dir(dir);
    if (!fd) return fd;
    if (!lock(fd->get())) {
      if (errno != EWOULDBLOCK) return refuse("cannot lock {}: {}", dir, errno_text());
      return tl::unexpected(Refusal{true, fmt::format("another xfrm-snap runs and has its maps pinned under {}; give "
                                                      "this one a directory of its own with --pin DIR",
                                                      dir)});
    }
    if (still_there(fd->get(), dir)) return fd;
  }
  return refuse("cannot pin maps under {}: it comes and goes", dir);
}

// Removes the pins of a dead run. Returns sentences on what is not ours, which stays.
std::vector<std::string> remove_stale_pins(const std::string& dir, int fd) {
  std::vector<std::string> foreign, notes;
  std::error_code error;
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end; it.increment(error))
    if (std::ranges::find(kNames, it->path().filename().string()) == std::end(kNames))
      foreign.push_back(it->path().filename());
  for (const std::string_view name : kNames)
    if (unlinkat(fd, name.data(), 0) && errno != ENOENT)
      notes.push_back(fmt::format("cannot remove {}/{}, which a former run has left: {}", dir, name, errno_text()));
  std::ranges::sort(foreign);
  if (!foreign.empty())
    notes.push_back(fmt::format("{} also holds {}, not of xfrm-snap: left alone", dir, joined(foreign, ", ")));
  return notes;
}

} // namespace

Result<PinClaim> claim_pins(const std::optional<std::string>& asked) {
  const std::string dir = without_slashes(asked.value_or(kPinDir));
  auto lock = claim_dir(dir);
  if (!lock && (asked || lock.error().busy)) return fail("{}", lock.error().text);
  PinClaim out;
  if (!lock) {
    out.notes.push_back("no maps for bpftool and for show: " + lock.error().text);
    return out;
  }
  out.notes = remove_stale_pins(dir, lock->get());
  out.pins.emplace(dir, std::move(*lock));
  return out;
}

std::vector<std::string> Pins::pin(const std::vector<NamedMap>& maps) {
  std::vector<std::string> problems;
  for (const NamedMap& map : maps) {
    const std::string path = fmt::format("{}/{}", dir_, map.name);
    if (bpf_obj_pin(map.fd, path.c_str()))
      problems.push_back(fmt::format("cannot pin map {} at {}: {}", map.name, path, errno_text()));
  }
  return problems;
}

Pins::~Pins() {
  if (lock_) remove_pins(dir_); // null: it was moved from
}

// The directory stays if it has anything else in it.
void remove_pins(const std::string& dir) {
  for (const std::string_view name : kNames)
    unlink(fmt::format("{}/{}", dir, name).c_str());
  rmdir(dir.c_str());
}

} // namespace xs
