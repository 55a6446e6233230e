// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps the CPU while a BPF map is accessed: the kernel runs no kprobe program on a CPU where a process was preempted
// in the middle of that.
#pragma once

#include "preemption.hpp"

namespace xs {

// The real-time priority above everything that may count an error; 0: none is needed.
int unpreempted_priority(Preemption preemption);

// On kernels that preempt themselves, this thread has a real-time priority while this lives. It must live for one call
// only, since interrupts may have to wait on PREEMPT_RT. If the priority is not permitted, nothing changes.
class Unpreempted {
public:
  Unpreempted();
  ~Unpreempted();
  Unpreempted(const Unpreempted&) = delete;
  Unpreempted& operator=(const Unpreempted&) = delete;

  // Permits it for later, when this process has dropped its privileges.
  static void allow();

private:
  bool set_ = false;
};

} // namespace xs
