// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sets one harmless kprobe to learn whether this kernel's kprobes work.
#pragma once

#include <cstdint>

namespace xs {

struct TestProbe {
  int error = 0;     // errno of setting it; 0: it was set
  uint64_t hits = 0; // how often it fired for the one call that was made
};

// On the entry of the getppid system call, counting this thread only; gone when this returns. No BPF involved.
TestProbe try_kprobe(uint32_t perf_type);

} // namespace xs
