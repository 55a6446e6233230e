// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Opens perf events of type kprobe and attaches BPF programs to them.
#include "kprobe.hpp"
#include "../sys/kernel_abi.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/procfs.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <vector>

namespace xs {

Result<uint32_t> kprobe_type() {
  const auto type = read_number("/sys/bus/event_source/devices/kprobe/type");
  if (!type)
    return fail("this kernel has no kprobes through perf events (CONFIG_KPROBE_EVENTS); boot one that has them");
  return static_cast<uint32_t>(*type);
}

namespace {

Fd open_event(const perf_event_attr& attr) {
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
}

// arm64 refuses a probe within an atomic sequence, and takes a compare-and-swap before it for the start of one. It does
// not see one on which a probe stands: they are covered until the place is accepted. Behind a true load-exclusive it
// never is.
Fd open_behind_swap(const perf_event_attr& attr) {
  constexpr uint64_t kStep = 4;
  std::vector<Fd> covers; // gone when the place has its probe
  auto memory = KernelMemory::open();
  for (uint64_t back = kStep; memory && back <= this_abi().looks_back; back += kStep) {
    uint32_t word = 0;
    if (!memory->read_object(attr.kprobe_addr - back, word) || is_load_exclusive(word)) break;
    if (!is_compare_and_swap(word)) continue;
    perf_event_attr cover = attr;
    cover.kprobe_addr = attr.kprobe_addr - back;
    covers.push_back(open_event(cover));
    if (Fd event = open_event(attr)) return event;
  }
  errno = EINVAL;
  return Fd();
}

} // namespace

Result<Fd> attach_kprobe(uint32_t type, uint64_t address, int program, KprobeAt at) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = type;
  attr.config = at == KprobeAt::function_return; // bit 0, see /sys/bus/event_source/devices/kprobe/format/retprobe
  attr.sample_period = 1;
  attr.wakeup_events = 1;
  attr.kprobe_func = 0; // no symbol: config2 is an address
  attr.kprobe_addr = address;
  Fd event = open_event(attr);
  if (!event && errno == EINVAL && this_abi().looks_back && at != KprobeAt::function_return)
    event = open_behind_swap(attr);
  if (!event) return fail("cannot set a kprobe: {}", errno_text());
  if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program) || ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0))
    return fail("cannot run a BPF program from the kprobe: {}", errno_text());
  return event;
}

void in_parallel(size_t count, const std::function<void(size_t)>& job, size_t most) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < count;)
      job(i);
  };
  std::vector<std::jthread> threads;
  threads.reserve(most);
  try {
    while (threads.size() + 1 < std::min(most, count))
      threads.emplace_back(work);
  } catch (const std::system_error&) { // no more threads are allowed: the existing ones do all the work
  }
  work();
}

} // namespace xs
