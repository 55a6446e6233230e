// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Attaches one harmless kprobe to learn whether kprobes work in this kernel.
#pragma once

#include <cstdint>

namespace xs {

struct TestProbe {
  int error = 0;     // errno of attaching it; 0: attached
  uint64_t hits = 0; // how often it fired for the one call made
};

// Probes the entry of the getppid system call for this thread only, without BPF, until this returns.
TestProbe try_kprobe(uint32_t perf_type);

} // namespace xs
