// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Turns the kernel's switches, and has a child turn them back: it does so also if this process is killed.
#include "expedite.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <span>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace xs {
namespace {

struct Switch {
  const char* path;
  char usual, hurried;
};

constexpr Switch kSwitches[] = {
    {"/sys/kernel/rcu_expedited", '0', '1'},
    {"/proc/sys/debug/kprobes-optimization", '1', '0'},
};

bool can_turn(const Switch& one) {
  const Fd file(open(one.path, O_RDWR | O_CLOEXEC));
  char now = 0;
  return file && pread(file.get(), &now, 1, 0) == 1 && now == one.usual;
}

void turn(const Switch& one, char to) {
  const Fd file(open(one.path, O_WRONLY | O_CLOEXEC));
  (void)!pwrite(file.get(), &to, 1, 0);
}

// The child: turns the switches, which takes 100 ms where probes are optimized, and waits until nobody holds the pipe's
// other end. It keeps no other file open, or probes would outlive us.
[[noreturn]] void turn_and_turn_back(int pipe, std::span<const Switch> switches) {
  char nothing = 0;
  dup2(pipe, STDIN_FILENO);
  syscall(SYS_close_range, STDOUT_FILENO, ~0u, 0); // since 5.9
  for (const Switch& one : switches)
    turn(one, one.hurried);
  while (read(STDIN_FILENO, &nothing, 1) < 0)
    if (errno != EINTR) break;
  for (const Switch& one : switches)
    turn(one, one.usual);
  _exit(0);
}

} // namespace

ExpeditedGracePeriods::ExpeditedGracePeriods() {
  std::vector<Switch> switches;
  std::ranges::copy_if(kSwitches, std::back_inserter(switches), can_turn);
  int ends[2];
  if (switches.empty() || pipe2(ends, O_CLOEXEC)) return;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  child_ = fork();
  if (child_ == 0) turn_and_turn_back(read_end.get(), switches);
  if (child_ < 0) return;
  held_ = std::move(write_end);
}

ExpeditedGracePeriods::~ExpeditedGracePeriods() {
  if (!held_) return;
  held_ = Fd();
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

} // namespace xs
