// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where the kernel's per-CPU variables lie.
#pragma once

#include "../resolve/image.hpp"
#include "../sys/kernel_memory.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace xs {

// 0 where the kernel has none.
struct PerCpu {
  uint64_t offsets = 0;       // __per_cpu_offset
  uint64_t preempt_count = 0; // see bpf/processor.bpf.h
};

PerCpu find_per_cpu(const KernelImage& image, KernelMemory& memory);

// What arm64's snmp_fold_field, whose text starts at `address`, indexes with a CPU's number: __per_cpu_offset. For
// kernels without CONFIG_KALLSYMS_ALL, which do not tell where their variables are. Pure.
std::optional<uint64_t> indexed_by_cpu(uint64_t address, std::span<const uint8_t> text);

} // namespace xs
