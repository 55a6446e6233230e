// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What an instruction does, as far as the resolver cares, in terms that no processor owns. One decoder per
// architecture (x86.cpp) produces it; everything behind it is the same for all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xs {

using Reg = uint8_t;
inline constexpr Reg kNoReg = 0xff;
inline constexpr size_t kMaxRegs = 32;

struct Op {
  enum class Kind : uint8_t {
    move,     // dst = src
    constant, // dst = imm
    add,      // dst = base + imm
    mask,     // dst = dst & imm
    load,     // dst = *(size bytes at base + imm)
    store,    // *(size bytes at base + imm) = src; src kNoReg: an unknown value
    fill,     // bytes at [base, base + count register * size) become unknown
    choose,   // dst = dst or src
    clobber,  // dst becomes unknown
    count,    // the per-CPU counter at base + imm grows by src, kNoReg: by one
  };
  Kind kind;
  Reg dst = kNoReg;
  Reg base = kNoReg;
  Reg src = kNoReg;
  uint8_t size = 8;
  int64_t imm = 0;
};

struct Insn {
  enum class Flow : uint8_t { next, branch, jump, call, end };
  uint64_t address = 0;
  uint8_t length = 0;
  Flow flow = Flow::next;
  std::optional<uint64_t> target; // of a branch, jump or call; none: computed at run time
  std::vector<Op> ops;
  uint64_t next() const { return address + length; }
};

// The processor's half of the resolver.
struct Arch {
  // Decodes the instruction at the start of `bytes`; none where the bytes are not one.
  std::optional<Insn> (*decode)(std::span<const uint8_t> bytes, uint64_t address);
  std::span<const Reg> arguments; // registers of the first arguments, in order
  std::span<const Reg> clobbered; // registers that a call does not preserve
  Reg result;                     // register of a returned value
  Reg stack;                      // stack pointer
  int64_t stack_arguments;        // where further arguments start, bytes above the stack pointer at entry
};

const Arch& x86_64();

} // namespace xs
