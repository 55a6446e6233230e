// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Gives up what the process no longer needs once every probe is set.
#pragma once

#include "capabilities.hpp"
#include "result.hpp"

#include <optional>
#include <sys/types.h>

namespace xs {

// What a run goes on to need: BPF maps, probes in modules that come later, kernel symbols, netns' names; and now and
// then, to enter netns and to list what is there. Some distributions want CAP_SYS_ADMIN of whoever sets a kprobe.
// Where it has no CAP_BPF or CAP_PERFMON, for which CAP_SYS_ADMIN stands, that is no reserve.
Capabilities capabilities_of_a_run(Capabilities held);
Capabilities capabilities_in_reserve();
// What this thread may use.
Capabilities held_capabilities();

// This thread, and those that it will start, keep these capabilities at most; the others cannot be had again. Those in
// reserve have no effect but while a ReserveInUse lives.
Status keep_capabilities(Capabilities keep, Capabilities reserve = 0);

// While it lives, all that this thread has takes effect; also in threads that it starts.
class ReserveInUse {
public:
  ReserveInUse();
  ~ReserveInUse();
  ReserveInUse(const ReserveInUse&) = delete;
  ReserveInUse& operator=(const ReserveInUse&) = delete;

private:
  std::optional<Capabilities> before_; // none: all took effect already
};

// A user of no other process, of no system user, and of no range that is handed out.
inline constexpr uid_t kNobodyElse = 64815;

// This thread has no capability from now on, and its user is kNobodyElse, unless root may not change it here
// (CAP_SETUID, CAP_SETGID).
Status give_up_all();

} // namespace xs
