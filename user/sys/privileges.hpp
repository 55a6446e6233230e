// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Drops the privileges that the process no longer needs once every probe is attached.
#pragma once

#include "capabilities.hpp"
#include "result.hpp"

#include <optional>
#include <sys/types.h>

namespace xs {

// The capabilities that a run still needs: for BPF maps, probes in modules loaded later, kernel symbols, names of
// netns, and now and then for entering netns and dumping their objects. Some distributions require CAP_SYS_ADMIN for
// kprobes. If it stands in for CAP_BPF or CAP_PERFMON, it stays in effect, not in reserve.
Capabilities capabilities_of_a_run(Capabilities held);
Capabilities capabilities_in_reserve();
// The permitted capabilities of this thread.
Capabilities held_capabilities();

// This thread, and threads that it starts, keep these capabilities at most; dropped ones cannot be regained. Those in
// reserve are in effect only while a ReserveInUse lives.
Status keep_capabilities(Capabilities keep, Capabilities reserve = 0);

// While it lives, all capabilities of this thread are in effect, also in threads that it starts.
class ReserveInUse {
public:
  ReserveInUse();
  ~ReserveInUse();
  ReserveInUse(const ReserveInUse&) = delete;
  ReserveInUse& operator=(const ReserveInUse&) = delete;

private:
  std::optional<Capabilities> before_; // none: all were in effect already
};

// A user id that no process, no system user and no subordinate range has.
inline constexpr uid_t kNobodyElse = 64815;

// Drops all capabilities of this thread, and makes kNobodyElse its user if that is allowed (CAP_SETUID,
// CAP_SETGID).
Status give_up_all();

} // namespace xs
