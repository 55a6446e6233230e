// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Turns the kernel's switches, and has a child turn them back: it does so also if this process is killed.
#include "expedite.hpp"
#include "result.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace xs {
namespace {

// Where a process leaves its cgroup for that of nobody: version 2, what systemd has beside version 1, and its own tree.
constexpr const char* kCgroups[] = {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
                                    "/sys/fs/cgroup/systemd/cgroup.procs"};

char value(const Switch& one) {
  const Fd file(open(one.path, O_RDONLY | O_CLOEXEC));
  char now = 0;
  return file && pread(file.get(), &now, 1, 0) == 1 ? now : '\0';
}

bool can_turn(const Switch& one) {
  const Fd file(open(one.path, O_RDWR | O_CLOEXEC));
  return file && value(one) == one.usual;
}

bool turn(const Switch& one, char to) {
  const Fd file(open(one.path, O_WRONLY | O_CLOEXEC));
  return file && pwrite(file.get(), &to, 1, 0) == 1;
}

// The mark, locked; none: there is none, it may not be made, or another run that lives has it.
Fd lock_mark(const Switches& switches, bool make) {
  constexpr int kTries = 10;
  for (int tries = 0; tries < kTries; tries++) {
    if (make) mkdir(switches.folder, 0700);
    Fd file(open(switches.mark, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600));
    struct stat info {};
    if (!file && make && errno == ENOENT) continue; // the folder went just now
    if (!file || flock(file.get(), LOCK_EX | LOCK_NB) || fstat(file.get(), &info)) return Fd();
    if (info.st_nlink) return file; // or whoever had it took it away just now
  }
  return Fd();
}

void remove_mark(const Switches& switches) {
  unlink(switches.mark);
  rmdir(switches.folder);
}

// Line by line the paths of the switches that whoever wrote it turned.
std::string read_mark(int file) {
  std::string text(4096, '\0');
  const ssize_t n = pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

std::vector<std::string> mend(const Switches& switches, int mark) {
  std::vector<std::string> notes;
  const std::string left = read_mark(mark);
  for (const Switch& one : switches.all) {
    if (left.find(std::string(one.path) + '\n') == left.npos || value(one) != one.hurried) continue;
    const std::string note = fmt::format("an earlier xfrm-snap was killed and left {} at {}", one.path, one.hurried);
    notes.push_back(turn(one, one.usual) ? note + ": turned back"
                                         : fmt::format("{}, which cannot be turned back: {}; echo {} > {}", note,
                                                       errno_text(), one.usual, one.path));
  }
  return notes;
}

bool write_mark(int file, const std::vector<Switch>& turned) {
  std::string text;
  for (const Switch& one : turned)
    text += std::string(one.path) + '\n';
  return ftruncate(file, 0) == 0 && pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

// What kills the others by their group, cgroup or name is not to meet the child.
void leave_groups() {
  setsid();
  prctl(PR_SET_NAME, "xfrm-switches");
  for (const char* path : kCgroups) {
    const Fd file(open(path, O_WRONLY | O_CLOEXEC));
    if (file) (void)!write(file.get(), "0", 1);
  }
}

constexpr char kRelax = 'r', kHurry = 'h';

// What the child has turned, by bits: it may not allocate.
class Turned {
public:
  explicit Turned(const Switches& switches) : all_(switches.all) {}
  void hurry() {
    for (size_t i = 0; i < all_.size(); i++)
      if (!(bits_ & 1u << i) && can_turn(all_[i]) && turn(all_[i], all_[i].hurried)) bits_ |= 1u << i;
  }
  void turn_back(bool at_end) {
    for (size_t i = 0; i < all_.size(); i++)
      if (bits_ & 1u << i && (at_end || !all_[i].throughout) && turn(all_[i], all_[i].usual)) bits_ &= ~(1u << i);
  }

private:
  const std::vector<Switch>& all_;
  unsigned bits_ = 0;
};

// Takes orders until nobody holds the pipe's other end.
void obey(Turned& turned) {
  char order = 0;
  for (ssize_t n = 1; n > 0 || (n < 0 && errno == EINTR); n = read(STDIN_FILENO, &order, 1)) {
    if (n > 0 && order == kRelax) turned.turn_back(false);
    if (n > 0 && order == kHurry) turned.hurry();
  }
}

// The child: turns the switches, which takes 100 ms where probes are optimized, and obeys. It keeps no other file open
// but the mark, or probes would outlive us. Other threads may have held locks when it was made: it calls the kernel and
// nothing else.
[[noreturn]] void turn_and_turn_back(int pipe, int mark, const Switches& switches) {
  Turned turned(switches);
  dup2(pipe, STDIN_FILENO);
  if (mark >= 0) dup2(mark, STDOUT_FILENO);
  syscall(SYS_close_range, mark >= 0 ? STDERR_FILENO : STDOUT_FILENO, ~0u, 0); // since 5.9
  leave_groups();
  turned.hurry();
  obey(turned);
  turned.turn_back(true);
  if (mark >= 0) remove_mark(switches);
  _exit(0);
}

} // namespace

const Switches& kernel_switches() {
  static const Switches all{
      {{"/sys/kernel/rcu_expedited", '0', '1'}, {"/proc/sys/debug/kprobes-optimization", '1', '0', true}},
      "/run/xfrm-snap",
      "/run/xfrm-snap/switches"};
  return all;
}

std::vector<std::string> mend_switches(const Switches& switches) {
  const Fd mark = lock_mark(switches, false);
  if (!mark) return {};
  auto notes = mend(switches, mark.get());
  remove_mark(switches);
  return notes;
}

ExpeditedGracePeriods::ExpeditedGracePeriods(const Switches& switches) {
  Fd mark = lock_mark(switches, true);
  if (mark) notes_ = mend(switches, mark.get());
  Switches turned{{}, switches.folder, switches.mark};
  std::ranges::copy_if(switches.all, std::back_inserter(turned.all), can_turn);
  int ends[2];
  if (mark && (turned.all.empty() || !write_mark(mark.get(), turned.all))) {
    remove_mark(switches);
    mark = Fd();
  }
  if (turned.all.empty() || pipe2(ends, O_CLOEXEC)) return;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  child_ = fork();
  if (child_ == 0) turn_and_turn_back(read_end.get(), mark.get(), turned);
  if (child_ < 0) return;
  held_ = std::move(write_end);
}

void ExpeditedGracePeriods::tell(char order) {
  if (held_) (void)!write(held_.get(), &order, 1);
}

void ExpeditedGracePeriods::relax() {
  tell(kRelax);
}

void ExpeditedGracePeriods::hurry() {
  tell(kHurry);
}

ExpeditedGracePeriods::~ExpeditedGracePeriods() {
  if (!held_) return;
  held_ = Fd();
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

} // namespace xs
