// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Kprobes by address, as perf events: closing the file descriptor removes them.
#pragma once

#include "../sys/fd.hpp"
#include "../sys/result.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace xs {

// The type number of the kernel's kprobe perf events.
Result<uint32_t> kprobe_type();
enum class KprobeAt : uint8_t { instruction, function_return };
// Attaches the program to the instruction at `address`, or to the return of the function that begins there.
Result<Fd> attach_kprobe(uint32_t type, uint64_t address, int program, KprobeAt at = KprobeAt::instruction);
// Runs `job(0)` .. `job(count - 1)` on `most` threads or fewer and waits for all: attaching and detaching probes mostly
// waits for RCU grace periods, which then overlap.
void in_parallel(size_t count, const std::function<void(size_t)>& job, size_t most = 16);

} // namespace xs
