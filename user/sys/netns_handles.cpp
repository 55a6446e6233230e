// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Searches for handles of netns, in the cheap places first.
#include "netns_handles.hpp"
#include "fd.hpp"
#include "privileges.hpp"
#include "procfs.hpp"

#include <charconv>
#include <fcntl.h>
#include <future>
#include <filesystem>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace xs {
namespace {

namespace fs = std::filesystem;

// Visits the entries of a folder until `visit` returns false.
template <class Visit> void each_entry(const fs::path& folder, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (!visit(it->path())) return;
}

bool is_number(const std::string& text) {
  return text.find_first_not_of("0123456789") == text.npos;
}

class Seeker {
public:
  using Visitor = std::function<void(uint32_t inum, int fd)>;
  Seeker(std::set<uint32_t> inums, const Visitor& visit) : missing_(std::move(inums)), visit_(visit) {}
  // Returns the netns that were not found.
  std::set<uint32_t> run(Search search);

private:
  std::set<uint32_t> missing_;
  const Visitor& visit_;

  bool done() const { return missing_.empty(); }
  void enter(uint32_t inum, const std::string& path);
  void follow(const fs::path& link);
  void mounts(const std::string& process, const std::string& root);
  template <class Visit> void each_process(Visit&& visit);
  void processes();
  void threads();
  void files();
};

// The path may lead to another netns by now: only the open file is certain.
void Seeker::enter(uint32_t inum, const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat file {};
  struct statfs system {};
  if (!fd || fstat(fd.get(), &file) || fstatfs(fd.get(), &system)) return;
  if (system.f_type != NSFS_MAGIC || file.st_ino != inum) return;
  missing_.erase(inum);
  visit_(inum, fd.get());
}

void Seeker::follow(const fs::path& link) {
  std::error_code error;
  const auto inum = netns_in_link(fs::read_symlink(link, error).string());
  if (inum && missing_.contains(*inum)) enter(*inum, link);
}

void Seeker::mounts(const std::string& process, const std::string& root) {
  if (done()) return;
  for (const NetnsMount& mount : netns_mounts(read_file(process + "/mountinfo").value_or("")))
    if (missing_.contains(mount.inum)) enter(mount.inum, root + mount.path);
}

template <class Visit> void Seeker::each_process(Visit&& visit) {
  if (done()) return;
  each_entry("/proc", [&](const fs::path& process) {
    if (is_number(process.filename())) visit(process);
    return !done();
  });
}

void Seeker::processes() {
  each_process([&](const fs::path& process) { follow(process / "ns/net"); });
}

void Seeker::threads() {
  each_process([&](const fs::path& process) {
    each_entry(process / "task", [&](const fs::path& thread) {
      if (thread.filename() != process.filename()) follow(thread / "ns/net");
      return !done();
    });
  });
}

void Seeker::files() {
  each_process([&](const fs::path& process) {
    each_entry(process / "fd", [&](const fs::path& file) {
      follow(file);
      return !done();
    });
  });
}

std::set<uint32_t> Seeker::run(Search search) {
  follow("/proc/self/ns/net");
  follow("/proc/1/ns/net");
  mounts("/proc/self", "");
  mounts("/proc/1", "/proc/1/root"); // in a container: the host's, if its processes are visible
  processes();
  if (search == Search::thorough) {
    threads();
    files();
  }
  return std::move(missing_);
}

// Takes the next word off a line.
std::string_view word(std::string_view& line) {
  const std::string_view out = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(out.size() + 1, line.size()));
  return out;
}

// Blanks, tabs, newlines and backslashes in a path are written as three octal digits.
std::string unescaped(std::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); i++) {
    unsigned code = 0;
    const char* const digits = path.data() + i + 1;
    if (path[i] == '\\' && i + 3 < path.size() && std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
      out += static_cast<char>(code);
      i += 3;
    } else {
      out += path[i];
    }
  }
  return out;
}

} // namespace

std::optional<uint32_t> netns_in_link(std::string_view text) {
  constexpr std::string_view kBegin = "net:[", kEnd = "]";
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd)) return {};
  text = text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
  uint32_t inum = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), inum);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return inum;
}

// A line: id, parent, device, root (what of the file system is mounted), mount point, ...
std::vector<NetnsMount> netns_mounts(std::string_view mountinfo) {
  std::vector<NetnsMount> out;
  while (!mountinfo.empty()) {
    std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
    for (int skipped = 0; skipped < 3; skipped++)
      word(line);
    const auto inum = netns_in_link(word(line));
    if (inum) out.push_back({*inum, unescaped(word(line))});
  }
  return out;
}

std::set<uint32_t> visit_netns(std::set<uint32_t> inums, Search search,
                               const std::function<void(uint32_t inum, int fd)>& visit) {
  return Seeker(std::move(inums), visit).run(search);
}

std::set<uint32_t> inside_each(const std::set<uint32_t>& inums, Search search,
                               const std::function<void(uint32_t inum, const Status& entered)>& visit) {
  const auto enter = [&](uint32_t inum, int fd) {
    Status entered;
    if (setns(fd, CLONE_NEWNET))
      entered =
          fail("cannot enter it: {}{}", errno_text(), errno == EPERM ? "; run it as root or with CAP_SYS_ADMIN" : "");
    visit(inum, entered);
  };
  const ReserveInUse reserve;
  return std::async(std::launch::async, [&] { return visit_netns(inums, search, enter); }).get();
}

} // namespace xs
