// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Asks a run to end: by SIGINT, SIGTERM or SIGHUP, or after --duration.
#pragma once

#include "../sys/fd.hpp"

#include <chrono>
#include <csignal>
#include <ctime>

namespace xs {

// Make it in the thread that writes to readers. The signals are delivered there, and from then on another one every few
// milliseconds, so that a call that waits for a reader fails with EINTR soon. Only one Stop may exist at a time.
class Stop {
public:
  using Clock = std::chrono::steady_clock;
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  // Threads started while it lives have the signals blocked.
  class Mask {
  public:
    Mask();
    ~Mask();
    Mask(const Mask&) = delete;
    Mask& operator=(const Mask&) = delete;

  private:
    sigset_t before_{};
  };

  // Readable once the run is asked to end.
  int fd() const { return asked_fd_.get(); }
  bool asked() const;
  // Time since then; 0: not asked yet.
  Clock::duration since() const;
  // A second signal came: end without a summary.
  bool at_once() const;
  // Asks after this time from now.
  void after(std::chrono::duration<double> time);

private:
  Fd asked_fd_;
  timer_t nudge_{}, end_{}; // signals to the thread that made this
};

// Limits the wait for a reader: unlimited until the run is asked to end, then a fixed time, so that the run ends within
// 3 s whatever the reader does.
class Patience {
public:
  explicit Patience(const Stop* stop) : stop_(stop) {}
  // Whether to retry a call that waits for a reader and was interrupted.
  bool lasts();
  // Grants time for a last message, even if the reader's time is over.
  void renew() { nudges_left_ = kNudges; }

private:
  static constexpr int kNudges = 8;
  const Stop* stop_; // none: unlimited
  int nudges_left_ = kNudges;
};

} // namespace xs
