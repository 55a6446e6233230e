// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Handles the signals that end a run.
#include "stop.hpp"

#include "../sys/result.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace xs {
namespace {

using namespace std::chrono_literals;

constexpr int kNudge = SIGURG; // ignored by default
constexpr int kTimeOver = SIGALRM;
constexpr auto kSame = 200ms; // `timeout` and shells send the same signal twice
constexpr auto kForLines = 1500ms;
constexpr long kNudgeNs = 40'000'000;

// The data of the handlers, for the only Stop.
struct Flags {
  std::atomic<int64_t> asked_ns = 0; // steady clock; 0: not yet
  std::atomic<int64_t> signal_ns = 0;
  std::atomic<bool> at_once = false;
  std::atomic<int> fd = -1;
  std::atomic<timer_t> nudge{};
};
Flags flags;

int64_t now_ns() {
  return std::chrono::nanoseconds(Stop::Clock::now().time_since_epoch()).count();
}

// Runs in a signal handler.
void ask(int64_t now) {
  int64_t never = 0;
  if (!flags.asked_ns.compare_exchange_strong(never, now)) return;
  const uint64_t one = 1;
  (void)!write(flags.fd, &one, sizeof(one));
  const itimerspec often{{0, kNudgeNs}, {0, kNudgeNs}};
  timer_settime(flags.nudge, 0, &often, nullptr);
}

void on_signal(int) {
  const int error = errno;
  const int64_t now = now_ns();
  int64_t first = 0;
  if (!flags.signal_ns.compare_exchange_strong(first, now) && std::chrono::nanoseconds(now - first) > kSame)
    flags.at_once = true;
  ask(now);
  errno = error;
}

void on_time_over(int) {
  const int error = errno;
  ask(now_ns());
  errno = error;
}

void on_nudge(int) {}

constexpr std::initializer_list<int> kSignals = {SIGINT, SIGTERM, SIGHUP, kNudge, kTimeOver};

sigset_t all_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals)
    sigaddset(&set, signal);
  return set;
}

// Without SA_RESTART, so that waiting calls fail with EINTR.
void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_mask = all_signals();
  sigaction(signal, &action, nullptr);
}

// Leaves SIGHUP ignored if the parent ignores it (nohup), but not SIGINT, which shells ignore for background
// processes.
void handle_all() {
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  for (const int signal : {SIGINT, SIGTERM})
    handle(signal, on_signal);
  if (hangup.sa_handler != SIG_IGN) handle(SIGHUP, on_signal);
  handle(kNudge, on_nudge);
  handle(kTimeOver, on_time_over);
}

// A timer that sends a signal to the calling thread.
timer_t make_timer(int signal) {
  sigevent to{};
  to.sigev_notify = SIGEV_THREAD_ID;
  to.sigev_signo = signal;
  to._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t out{};
  if (timer_create(CLOCK_MONOTONIC, &to, &out))
    throw std::runtime_error("cannot make a timer: " + errno_text() + "; ulimit -i limits their number");
  return out;
}

} // namespace

Stop::Mask::Mask() {
  const sigset_t set = all_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Stop::Mask::~Mask() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Stop::Stop()
    : asked_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), nudge_(make_timer(kNudge)), end_(make_timer(kTimeOver)) {
  flags.asked_ns = flags.signal_ns = 0;
  flags.at_once = false;
  flags.fd = asked_fd_.get();
  flags.nudge = nudge_;
  handle_all();
}

// Later signals are ignored: the process ends.
Stop::~Stop() {
  for (const int signal : kSignals)
    std::signal(signal, SIG_IGN);
  timer_delete(nudge_);
  timer_delete(end_);
}

bool Stop::asked() const {
  return flags.asked_ns != 0;
}

Stop::Clock::duration Stop::since() const {
  return asked() ? std::chrono::nanoseconds(now_ns() - flags.asked_ns) : Clock::duration::zero();
}

bool Stop::at_once() const {
  return flags.at_once;
}

void Stop::after(std::chrono::duration<double> time) {
  constexpr double kLongest = 1e9; // s: beyond the range of the kernel's clocks
  const auto ns = static_cast<int64_t>(std::max(1.0, std::min(time.count(), kLongest) * 1e9));
  const itimerspec once{{0, 0}, {ns / 1'000'000'000, ns % 1'000'000'000}};
  timer_settime(end_, 0, &once, nullptr);
}

bool Patience::lasts() {
  if (!stop_ || !stop_->asked()) return true;
  if (stop_->at_once()) return false;
  if (stop_->since() >= kForLines) return nudges_left_-- > 0;
  nudges_left_ = 0; // the reader's time is over
  return true;
}

} // namespace xs
