// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's clocks, in nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace xs {

// `clock`: CLOCK_MONOTONIC and so on, see clock_gettime(2).
inline int64_t now_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// What bpf_ktime_get_ns() gives in the kernel.
inline uint64_t mono_ns() {
  return static_cast<uint64_t>(now_ns(CLOCK_MONOTONIC));
}

} // namespace xs
