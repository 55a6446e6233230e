// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Turns SIGINT, SIGTERM and SIGHUP into something to poll.
#pragma once

#include "../sys/fd.hpp"

#include <csignal>
#include <sys/signalfd.h>

namespace xs {

// Readable once one of the signals came in. To be called before any thread is started. A hangup that our parent wants
// to be ignored (nohup) is left alone: blocked, it would come in.
inline Fd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

} // namespace xs
