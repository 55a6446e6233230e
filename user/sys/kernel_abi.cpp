// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Facts of each processor: struct pt_regs of its kernel, and how its kprobes look in the text.
#include "kernel_abi.hpp"

#include <algorithm>
#include <stdexcept>

namespace xs {
namespace {

// Numbers are the instruction encoding's: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 .. r15.
constexpr std::array<uint16_t, 16> kX86Registers{80, 88, 96, 40, 152, 32, 104, 112, 72, 64, 56, 48, 24, 16, 8, 0};

// x0 .. x30, then the stack pointer.
constexpr std::array<uint16_t, 32> kArm64Registers = [] {
  std::array<uint16_t, 32> out{};
  for (size_t i = 0; i < out.size(); i++)
    out[i] = static_cast<uint16_t>(8 * i);
  return out;
}();

constexpr std::array<uint8_t, 1> kInt3{0xcc};
constexpr std::array<uint8_t, 4> kBrk{0x80, 0x00, 0x20, 0xd4}; // brk #4: KPROBES_BRK_IMM

} // namespace

const KernelAbi kX86Abi{kX86Registers, kInt3, 0xe9, 0, "__x64_sys_getppid"};
const KernelAbi kArm64Abi{kArm64Registers, kBrk, 0, 128, "__arm64_sys_getppid"};

const KernelAbi& this_abi() {
#if defined(__x86_64__)
  return kX86Abi;
#elif defined(__aarch64__)
  return kArm64Abi;
#else
#error "xfrm-snap knows x86-64 and arm64"
#endif
}

uint16_t saved_at(const KernelAbi& abi, uint8_t reg) {
  if (reg >= abi.registers.size()) throw std::out_of_range("no such register");
  return abi.registers[reg];
}

bool is_probe(const KernelAbi& abi, std::span<const uint8_t> text) {
  const auto start = text.first(std::min(text.size(), abi.breakpoint.size()));
  return std::ranges::equal(start, abi.breakpoint) || (abi.jump && !text.empty() && text[0] == abi.jump);
}

} // namespace xs
