// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Has the kernel's grace periods end at once, which a probe that comes or goes waits for.
#pragma once

#include "fd.hpp"

#include <sys/types.h>

namespace xs {

// While it lives, /sys/kernel/rcu_expedited is 1, unless it was before or cannot be set: all is slower then, and the
// same. Set back however this process ends. Signals that end a process are to be blocked, or the child dies of them.
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
