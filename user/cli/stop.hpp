// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// When a run is to end: told by SIGINT, SIGTERM or SIGHUP, or because the time that was asked for is over.
#pragma once

#include "../sys/fd.hpp"

#include <chrono>
#include <csignal>
#include <ctime>

namespace xs {

// To be made by the thread that writes to readers: the signals come in there, and once it is to end, another one every
// few milliseconds, so that no call of its that waits for a reader waits for long (it fails with EINTR). There is one
// Stop at a time.
class Stop {
public:
  using Clock = std::chrono::steady_clock;
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  // Threads that are started while it lives get none of the signals.
  class Mask {
  public:
    Mask();
    ~Mask();
    Mask(const Mask&) = delete;
    Mask& operator=(const Mask&) = delete;

  private:
    sigset_t before_{};
  };

  // Readable once asked.
  int fd() const { return asked_fd_.get(); }
  bool asked() const;
  // How long ago; 0: not yet.
  Clock::duration since() const;
  // A second signal came: whoever sent it wants no summary any more.
  bool at_once() const;
  // Asks when this time is over, from now on.
  void after(std::chrono::duration<double> time);

private:
  Fd asked_fd_;
  timer_t nudge_{}, end_{}; // signals to the thread that made this
};

// How long a reader is waited for. Before a stop without end; from then on until it has had its time, so that all is
// over within 3 s whatever it does.
class Patience {
public:
  explicit Patience(const Stop* stop) : stop_(stop) {}
  // To be asked when a call that waits for a reader was interrupted: whether to go on.
  bool lasts();
  // Time for a last word, also where the reader has had its own.
  void renew() { nudges_left_ = kNudges; }

private:
  static constexpr int kNudges = 8;
  const Stop* stop_; // none: it lasts for ever
  int nudges_left_ = kNudges;
};

} // namespace xs
