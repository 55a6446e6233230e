// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Opens perf events of type kprobe and attaches BPF programs to them.
#include "kprobe.hpp"
#include "../sys/procfs.hpp"

#include <algorithm>
#include <atomic>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>

namespace xs {

Result<uint32_t> kprobe_type() {
  const auto type = read_number("/sys/bus/event_source/devices/kprobe/type");
  if (!type)
    return fail("this kernel has no kprobes through perf events (CONFIG_KPROBE_EVENTS); boot one that has them");
  return static_cast<uint32_t>(*type);
}

Result<Fd> attach_kprobe(uint32_t type, uint64_t address, int program, KprobeAt at) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = type;
  attr.config = at == KprobeAt::function_return; // bit 0, see /sys/bus/event_source/devices/kprobe/format/retprobe
  attr.sample_period = 1;
  attr.wakeup_events = 1;
  attr.kprobe_func = 0; // no symbol: config2 is an address
  attr.kprobe_addr = address;
  Fd event(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return fail("cannot set a kprobe: {}", errno_text());
  if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program) || ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0))
    return fail("cannot run a BPF program from the kprobe: {}", errno_text());
  return event;
}

void in_parallel(size_t count, const std::function<void(size_t)>& job) {
  constexpr size_t kThreads = 16;
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < count;)
      job(i);
  };
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  try {
    while (threads.size() + 1 < std::min(kThreads, count))
      threads.emplace_back(work);
  } catch (const std::system_error&) { // no more threads are allowed: the existing ones do all the work
  }
  work();
}

} // namespace xs
