// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs a test in a child process, for changes that a process cannot undo.
#pragma once

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

// The number that `act` gives in a child process.
template <class Act> int in_child(Act&& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act());
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}
