// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads all kprobes in the kernel's text, and restores the text to what it is without them.
#pragma once

#include "../resolve/symbols.hpp"
#include "../resolve/types.hpp"
#include "../sys/kernel_memory.hpp"
#include "../sys/kernel_abi.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace xs {

struct Kprobe {
  uint64_t address = 0;
  std::array<uint8_t, 4> first{}; // the bytes that the breakpoint replaced: as many of these as it is long
  std::array<uint8_t, 4> more{};  // the next bytes, if the breakpoint became a jump; else zeros
};

// The kernel's table of kprobes. Read it before and after the text: a probe in the text is in one of the two.
std::vector<Kprobe> read_kprobes(const SymbolTable& symbols, const Types& types, KernelMemory& memory);

// Restores what the probes replaced in the text that starts at `address`. Pure.
void remove_kprobes(const KernelAbi& abi, const std::vector<Kprobe>& probes, uint64_t address,
                    std::vector<uint8_t>& text);

// Restores the no-operation at a function's entry that a jump into a BPF trampoline replaced: since Linux 7.0 a
// trampoline with fexit programs only is entered by a jump, not by a call. Pure.
void remove_trampoline(const KernelAbi& abi, const SymbolTable& symbols, const Symbol& function,
                       std::vector<uint8_t>& text);

} // namespace xs
