// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The probes that are set on the kernel's text, by us or by others, and the text as it is without them.
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
  std::array<uint8_t, 4> first{}; // the bytes that a breakpoint stands on: as many of these as it is long
  std::array<uint8_t, 4> more{};  // those behind them, if the breakpoint was made a jump; else zeros
};

// The kernel's table of kprobes. Read before and after the text: a probe that stands in it is in one of them.
std::vector<Kprobe> read_kprobes(const SymbolTable& symbols, const Types& types, KernelMemory& memory);

// Puts back what the probes replaced in the text that starts at `address`. Pure.
void remove_kprobes(const KernelAbi& abi, const std::vector<Kprobe>& probes, uint64_t address,
                    std::vector<uint8_t>& text);

// Puts back the no-operation that a jump into a BPF trampoline replaced at the function's entry: since Linux 7.0 one
// that runs programs at the function's end only is entered by a jump, not by a call. Pure.
void remove_trampoline(const KernelAbi& abi, const SymbolTable& symbols, const Symbol& function,
                       std::vector<uint8_t>& text);

} // namespace xs
