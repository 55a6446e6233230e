// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Kprobes by address through perf events: they vanish with their file descriptor.
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
// A probe on the instruction at `address`, or on the return of the function that begins there, that runs the program.
Result<Fd> attach_kprobe(uint32_t type, uint64_t address, int program, KprobeAt at = KprobeAt::instruction);
// Runs `job(0)` .. `job(count - 1)` on several threads and waits for all: registering and letting go of probes mostly
// waits for the kernel's grace periods, which then overlap.
void in_parallel(size_t count, const std::function<void(size_t)>& job);

} // namespace xs
