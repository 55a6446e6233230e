// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the kernel looks like on each processor that this program runs on, apart from its machine code (see
// resolve/insn.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace xs {

struct KernelAbi {
  // Where the kernel keeps each register in struct pt_regs, in bytes, by the resolver's register number.
  std::span<const uint16_t> registers;
  // What a kprobe puts in the place of an instruction's first bytes.
  std::span<const uint8_t> breakpoint;
  // x86: the first byte of the jump that takes its place when the kernel has optimized the probe, and of fentry's jump
  // at a function's entry; 0: there is none.
  uint8_t jump;
  // How far, in bytes, the kernel looks back from a probe for the start of an atomic sequence, where it takes a
  // compare-and-swap for one; 0: it does not.
  uint8_t looks_back;
  // The system call getppid.
  const char* getppid;
};

extern const KernelAbi kX86Abi, kArm64Abi;

// The one that this program was compiled for.
const KernelAbi& this_abi();

// Where the kernel keeps the register in struct pt_regs. Throws std::out_of_range where the processor has no such one.
uint16_t saved_at(const KernelAbi& abi, uint8_t reg);

// Whether a kprobe stands where this text begins.
bool is_probe(const KernelAbi& abi, std::span<const uint8_t> text);

// Of arm64's instructions.
constexpr bool is_compare_and_swap(uint32_t word) {
  return (word & 0x3fa07c00) == 0x08a07c00;
}
constexpr bool is_load_exclusive(uint32_t word) {
  return (word & 0x3fc00000) == 0x08400000;
}

} // namespace xs
