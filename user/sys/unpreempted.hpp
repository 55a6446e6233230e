// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps the CPU while a BPF map is read or changed: the kernel runs no kprobe's program on a CPU where a process was
// preempted in the middle of that.
#pragma once

#include "preemption.hpp"

namespace xs {

// The real-time priority at which nothing preempts that may count an error; 0: none is needed.
int unpreempted_priority(Preemption preemption);

// While it lives, and it lives for one call at most, since interrupts may have to wait on PREEMPT_RT, this thread has a
// real-time priority, on kernels that preempt themselves; elsewhere, and where it is not permitted, nothing changes.
class Unpreempted {
public:
  Unpreempted();
  ~Unpreempted();
  Unpreempted(const Unpreempted&) = delete;
  Unpreempted& operator=(const Unpreempted&) = delete;

  // Lets this process do so later, when it has dropped its privileges.
  static void allow();

private:
  bool set_ = false;
};

} // namespace xs
