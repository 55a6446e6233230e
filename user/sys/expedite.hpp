// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Has the kernel set and let go of probes without the waiting that it does otherwise.
#pragma once

#include "fd.hpp"

#include <sys/types.h>

namespace xs {

// Soon after it was made and while it lives, grace periods end at once (/sys/kernel/rcu_expedited is 1), and no probe
// is optimized into a jump (debug.kprobes-optimization is 0): the kernel's optimizer holds all other probes up, for 100
// ms each time. What was so before, or cannot be set, stays; all is slower then, and the same. Set back however this
// process ends. Signals that end a process are to be blocked, or the child dies of them.
class ExpeditedGracePeriods {
public:
  ExpeditedGracePeriods();
  ~ExpeditedGracePeriods();
  ExpeditedGracePeriods(const ExpeditedGracePeriods&) = delete;
  ExpeditedGracePeriods& operator=(const ExpeditedGracePeriods&) = delete;

private:
  pid_t child_ = -1; // sets it back
  Fd held_;          // the pipe's end that the child waits for
};

} // namespace xs
