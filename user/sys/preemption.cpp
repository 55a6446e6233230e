// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the preemption model that the kernel was built with, or switched to.
#include "preemption.hpp"
#include "procfs.hpp"

#include <sys/utsname.h>

namespace xs {

Preemption preemption_of(std::string_view version, const std::optional<std::string>& mode) {
  if (version.find("PREEMPT_RT") != version.npos) return Preemption::everywhere; // spinlocks sleep there
  if (version.find("PREEMPT") == version.npos) return Preemption::nowhere;
  if (mode && (mode->find("(none)") != mode->npos || mode->find("(voluntary)") != mode->npos))
    return Preemption::nowhere;
  return Preemption::outside_locks;
}

Preemption preemption() {
  utsname name{};
  if (uname(&name)) return Preemption::outside_locks;
  return preemption_of(name.version, read_line("/sys/kernel/debug/sched/preempt"));
}

} // namespace xs
