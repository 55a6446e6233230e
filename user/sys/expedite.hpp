// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Has the kernel's grace periods end at once, which a probe that comes or goes waits for.
#pragma once

#include "fd.hpp"

namespace xs {

// While it lives, /sys/kernel/rcu_expedited is 1, unless it was before or cannot be set: all is slower then, and the
// same.
class ExpeditedGracePeriods {
public:
  ExpeditedGracePeriods();
  ~ExpeditedGracePeriods();
  ExpeditedGracePeriods(const ExpeditedGracePeriods&) = delete;
  ExpeditedGracePeriods& operator=(const ExpeditedGracePeriods&) = delete;

private:
  Fd file_; // open: to be set back
};

} // namespace xs
