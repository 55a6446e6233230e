// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A terminal that goes away under the program that runs in it.
#include "commands.hpp"
#include "socket.hpp"

#include <cstdio>
#include <filesystem>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lab {
namespace {

/// Copies what the terminal shows to stdout until the file is there or the program has ended.
void show(const Fd& terminal, const std::string& until) {
  while (!std::filesystem::exists(until)) {
    pollfd wait{terminal.get(), POLLIN, 0};
    if (poll(&wait, 1, 50) <= 0) continue;
    char text[4096];
    const ssize_t n = read(terminal.get(), text, sizeof(text));
    if (n <= 0) return;
    fwrite(text, 1, static_cast<size_t>(n), stdout);
    fflush(stdout);
  }
}

} // namespace

void terminal(const Words& words) {
  const Args args(words, "until");
  const std::string until = args.text("until");
  const winsize size{24, 80, 0, 0};
  int end = -1;
  const pid_t child = forkpty(&end, nullptr, nullptr, &size);
  if (child < 0) throw SystemError("make a terminal");
  if (child == 0) execute_or_exit(args.command());
  {
    const Fd held(end);
    show(held, until);
  }
  int status = 0;
  if (waitpid(child, &status, 0) < 0) throw SystemError("wait for the command");
  if (WIFSIGNALED(status))
    printf("\nkilled by signal %d\n", WTERMSIG(status));
  else
    printf("\nended with %d\n", WEXITSTATUS(status));
}

} // namespace lab
