// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Turns the kernel's switches in a child process, which restores them even if this process is killed.
#include "expedite.hpp"
#include "result.hpp"
#include "switch_mark.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace xs {
namespace {

// The root cgroups, which belong to no service: version 2, its mount in hybrid mode, and the tree of systemd.
constexpr const char* kCgroups[] = {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
                                    "/sys/fs/cgroup/systemd/cgroup.procs"};

char value(const Switch& one) {
  const Fd file(open(one.path, O_RDONLY | O_CLOEXEC));
  char now = 0;
  return file && pread(file.get(), &now, 1, 0) == 1 ? now : '\0';
}

bool can_write(const Switch& one) {
  return bool(Fd(open(one.path, O_RDWR | O_CLOEXEC)));
}

bool turn(const Switch& one, char to) {
  const Fd file(open(one.path, O_WRONLY | O_CLOEXEC));
  return file && pwrite(file.get(), &to, 1, 0) == 1;
}

// Keeps the child from being killed together with this process by group, cgroup or name.
void leave_groups() {
  setsid();
  prctl(PR_SET_NAME, "xfrm-switches");
  for (const char* path : kCgroups) {
    const Fd file(open(path, O_WRONLY | O_CLOEXEC));
    if (file) (void)!write(file.get(), "0", 1);
  }
}

constexpr char kRelax = 'r', kHurry = 'h';

// The switches that this run needs turned. The child uses it, and may not allocate memory.
class Turned {
public:
  Turned(const Switches& switches, const SwitchMark& mark) : all_(switches.all), mark_(mark) {}
  // Turns the switches that have their usual value, and shares those that another run has turned.
  void hurry() {
    const SwitchMark::Guard guard(mark_);
    for (size_t i = 0; i < all_.size(); i++)
      if (!(bits_ & 1u << i) && (value(all_[i]) == all_[i].usual ? turn_marked(all_[i]) : mark_.lists(all_[i]))) {
        mark_.need(i);
        bits_ |= 1u << i;
      }
  }
  // Restores them, except those that another run needs.
  void restore(bool at_end) {
    const SwitchMark::Guard guard(mark_);
    for (size_t i = 0; i < all_.size(); i++)
      if (bits_ & 1u << i && (at_end || !all_[i].throughout)) {
        if (!mark_.others_need(i) && turn(all_[i], all_[i].usual)) mark_.strike(all_[i]);
        mark_.need_no_more(i);
        bits_ &= ~(1u << i);
      }
  }

private:
  const std::vector<Switch>& all_;
  const SwitchMark& mark_;
  unsigned bits_ = 0;

  // Writes the mark first, since this process may be killed in between.
  bool turn_marked(const Switch& one) {
    if (!can_write(one)) return false;
    mark_.add(one);
    if (turn(one, one.hurried)) return true;
    mark_.strike(one);
    return false;
  }
};

// Serves orders until the other end of the pipe is closed.
void serve_orders(Turned& turned) {
  char order = 0;
  for (ssize_t n = 1; n > 0 || (n < 0 && errno == EINTR); n = read(STDIN_FILENO, &order, 1)) {
    if (n > 0 && order == kRelax) turned.restore(false);
    if (n > 0 && order == kHurry) turned.hurry();
  }
}

// The child: turns the switches, which takes 100 ms if probes are optimized, and serves orders. It closes all files but
// the mark, or probes would outlive this process. Other threads may have held locks at the fork: so it makes system
// calls and nothing else.
[[noreturn]] void turn_until_told(int pipe, const SwitchMark& mark, const Switches& switches) {
  dup2(pipe, STDIN_FILENO);
  if (mark) dup2(mark.fd(), STDOUT_FILENO);
  syscall(SYS_close_range, mark ? STDERR_FILENO : STDOUT_FILENO, ~0u, 0); // since 5.9
  const SwitchMark kept = mark.at(STDOUT_FILENO);
  Turned turned(switches, kept);
  leave_groups();
  turned.hurry();
  serve_orders(turned);
  turned.restore(true);
  kept.leave();
  _exit(0);
}

std::vector<std::string> mend(const Switches& switches, const SwitchMark& mark) {
  std::vector<std::string> notes;
  for (size_t i = 0; i < switches.all.size(); i++) {
    const Switch& one = switches.all[i];
    if (!mark.lists(one) || mark.others_need(i)) continue;
    const bool left = value(one) == one.hurried, mended = !left || turn(one, one.usual);
    const std::string note = fmt::format("an earlier xfrm-snap was killed and left {} at {}", one.path, one.hurried);
    if (left)
      notes.push_back(mended ? note + ": turned back"
                             : fmt::format("{}, which cannot be turned back: {}; echo {} > {}", note, errno_text(),
                                           one.usual, one.path));
    if (mended) mark.strike(one);
  }
  return notes;
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
  const SwitchMark mark(switches, false);
  if (!mark) return {};
  std::vector<std::string> notes;
  {
    const SwitchMark::Guard guard(mark);
    notes = mend(switches, mark);
  }
  mark.leave();
  return notes;
}

static std::vector<std::string> find_unturned(const Switches& switches) {
  std::vector<std::string> out;
  for (const Switch& one : switches.all)
    if (one.throughout && value(one) == one.usual && !can_write(one))
      out.push_back(fmt::format("{} is {} and cannot be written here ({}): on the host, echo {} > {}", one.path,
                                one.usual, errno_text(), one.hurried, one.path));
  return out;
}

ExpeditedGracePeriods::ExpeditedGracePeriods(const Switches& switches) {
  const SwitchMark mark(switches, true);
  if (mark) {
    const SwitchMark::Guard guard(mark);
    notes_ = mend(switches, mark);
  }
  unturned_ = find_unturned(switches);
  int ends[2];
  if (std::ranges::none_of(switches.all, can_write) || pipe2(ends, O_CLOEXEC)) {
    mark.leave();
    return;
  }
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  child_ = fork();
  if (child_ == 0) turn_until_told(read_end.get(), mark, switches);
  if (child_ < 0)
    mark.leave();
  else
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
