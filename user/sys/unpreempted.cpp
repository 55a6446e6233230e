// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Changes this thread's scheduling policy, and changes it back.
#include "unpreempted.hpp"
#include "preemption.hpp"

#include <cerrno>
#include <sched.h>
#include <sys/resource.h>

namespace xs {
namespace {

constexpr int kPriority = 1; // the lowest of the real-time ones

bool change(int policy, int priority) {
  const sched_param param{priority};
  return sched_setscheduler(0, policy, &param) == 0;
}

} // namespace

Unpreempted::Unpreempted() {
  static const bool needed = preemption() != Preemption::nowhere;
  set_ = needed && sched_getscheduler(0) == SCHED_OTHER && change(SCHED_FIFO, kPriority);
}

Unpreempted::~Unpreempted() {
  const int error = errno; // of what was done meanwhile
  if (set_) change(SCHED_OTHER, 0);
  errno = error;
}

void Unpreempted::allow() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTPRIO, &limit) || limit.rlim_cur >= kPriority) return;
  limit = {kPriority, limit.rlim_max < kPriority ? kPriority : limit.rlim_max};
  setrlimit(RLIMIT_RTPRIO, &limit);
}

} // namespace xs
