// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What x86-64 instructions do to registers, stack and counters, from Zydis' description of them.
#pragma once

#include "insn.hpp"

#include <Zydis/Zydis.h>

namespace xs::x86 {

inline constexpr Reg kRax = 0, kRcx = 1, kRdx = 2, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;

struct Decoded {
  ZydisDecodedInstruction insn;
  ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
  const ZydisDecodedOperand& operator[](size_t i) const { return operand[i]; }
};

// True for an increment of a per-CPU 64-bit counter: inc/add qword gs:[reg + disp].
bool counts(const Decoded& d);
// The comparison of 32 bits with a number; none: this is no such.
std::optional<Compared> compared(const Decoded& d);
// What an instruction that is no jump or call does.
void effects_of(const Decoded& d, std::vector<Op>& ops);

} // namespace xs::x86
