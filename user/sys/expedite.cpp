// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sets /sys/kernel/rcu_expedited, and has a child set it back: it does so also if this process is killed.
#include "expedite.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace xs {
namespace {

// The child: waits until nobody holds the pipe's other end. It keeps no other file open, or probes would outlive us.
[[noreturn]] void set_back_in_the_end(int pipe, int file) {
  char nothing = 0;
  dup2(pipe, STDIN_FILENO);
  dup2(file, STDOUT_FILENO);
  syscall(SYS_close_range, STDERR_FILENO, ~0u, 0); // since 5.9
  while (read(STDIN_FILENO, &nothing, 1) < 0)
    if (errno != EINTR) break;
  _exit(pwrite(STDOUT_FILENO, "0", 1, 0) == 1 ? 0 : 1);
}

} // namespace

ExpeditedGracePeriods::ExpeditedGracePeriods() {
  const Fd file(open("/sys/kernel/rcu_expedited", O_RDWR | O_CLOEXEC));
  char now = 0;
  int ends[2];
  if (!file || pread(file.get(), &now, 1, 0) != 1 || now != '0' || pipe2(ends, O_CLOEXEC)) return;
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  child_ = fork();
  if (child_ == 0) set_back_in_the_end(read_end.get(), file.get());
  if (child_ < 0) return;
  held_ = std::move(write_end);
  (void)!pwrite(file.get(), "1", 1, 0);
}

ExpeditedGracePeriods::~ExpeditedGracePeriods() {
  if (!held_) return;
  held_ = Fd();
  while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

} // namespace xs
