// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Gives up what the process no longer needs once every probe is set.
#pragma once

#include "capabilities.hpp"
#include "result.hpp"

namespace xs {

// What a run goes on to need: BPF maps, probes in modules that come later, kernel symbols, netns and their names.
Capabilities capabilities_of_a_run();

// This thread, and those that it will start, keep these capabilities at most; they cannot be had again.
Status keep_capabilities(Capabilities keep);

// For all threads: no new privileges through exec, and the system calls that no run makes fail with EPERM: those that
// start programs, load modules, mount, trace processes, change users, clocks or the machine's state.
Status restrict_system_calls();

} // namespace xs
