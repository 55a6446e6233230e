// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Counts one system call of this thread with a kprobe.
#include "test_probe.hpp"

#include "../sys/fd.hpp"
#include "../sys/kernel_abi.hpp"

#include <cerrno>
#include <linux/perf_event.h>
#include <sys/syscall.h>

namespace xs {
TestProbe try_kprobe(uint32_t perf_type) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = perf_type;
  attr.kprobe_func = reinterpret_cast<uint64_t>(this_abi().getppid);
  const Fd event(static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return {.error = errno};
  syscall(SYS_getppid);
  TestProbe out;
  if (read(event.get(), &out.hits, sizeof(out.hits)) != sizeof(out.hits)) out.hits = 0;
  return out;
}

} // namespace xs
