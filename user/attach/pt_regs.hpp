// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Offsets of registers in struct pt_regs, by the register numbers of the resolver.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <asm/ptrace.h>

namespace xs {

// x86-64: numbers as in the instruction encoding, rax 0 .. r15 15.
inline constexpr std::array<uint16_t, 16> kSavedAt{
    offsetof(pt_regs, rax), offsetof(pt_regs, rcx), offsetof(pt_regs, rdx), offsetof(pt_regs, rbx),
    offsetof(pt_regs, rsp), offsetof(pt_regs, rbp), offsetof(pt_regs, rsi), offsetof(pt_regs, rdi),
    offsetof(pt_regs, r8),  offsetof(pt_regs, r9),  offsetof(pt_regs, r10), offsetof(pt_regs, r11),
    offsetof(pt_regs, r12), offsetof(pt_regs, r13), offsetof(pt_regs, r14), offsetof(pt_regs, r15)};

} // namespace xs
