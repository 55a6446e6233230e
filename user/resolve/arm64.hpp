// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The parts of the arm64 decoder: the fields of an instruction, and one function for each large group of encodings.
#pragma once

#include "image.hpp"

namespace xs::arm64 {

// Number 31 is the stack pointer in some places and the register that is always 0 in others: here they are two.
inline constexpr Reg kLink = 30, kStack = 31, kZero = 32, kScratch = 33;
inline constexpr uint8_t kLength = 4;

struct Word {
  uint32_t bits = 0;
  constexpr uint32_t get(int low, int count) const { return bits >> low & ((1u << count) - 1); }
  constexpr bool bit(int n) const { return bits >> n & 1; }
  constexpr int64_t signed_get(int low, int count) const {
    const int64_t sign = int64_t{1} << (count - 1);
    return (static_cast<int64_t>(get(low, count)) ^ sign) - sign;
  }
  constexpr bool is(uint32_t mask, uint32_t value) const { return (bits & mask) == value; }
  constexpr bool wide() const { return bit(31); } // works on 64 bits
  // The register in the field that starts at bit `low`.
  constexpr Reg reg(int low) const { return get(low, 5) == 31 ? kZero : static_cast<Reg>(get(low, 5)); }
  constexpr Reg reg_or_sp(int low) const { return static_cast<Reg>(get(low, 5)); }
};

// The instruction at the start of the bytes; what is missing of them is 0.
constexpr uint32_t word_of(std::span<const uint8_t> bytes) {
  uint32_t out = 0;
  for (size_t i = 0; i < kLength && i < bytes.size(); i++)
    out |= static_cast<uint32_t>(bytes[i]) << (8 * i);
  return out;
}

// Collects what an instruction does. What would be written to the register that is always 0 is dropped.
class Effect {
public:
  explicit Effect(Insn& insn) : insn_(insn) {}

  void add(const Op& op) {
    if (op.dst != kZero || op.kind == Op::Kind::test) insn_.ops.push_back(op);
  }
  // Some number of 32 bits, or anything of 64.
  void forget(Reg dst, bool wide) { add({.kind = wide ? Op::Kind::clobber : Op::Kind::number, .dst = dst}); }
  void constant(Reg dst, uint64_t n, bool wide) {
    add({.kind = Op::Kind::constant, .dst = dst, .imm = static_cast<int64_t>(wide ? n : n & 0xffffffff)});
  }
  void move(Reg dst, Reg src, bool wide) {
    add({.kind = Op::Kind::move, .dst = dst, .src = src, .size = static_cast<uint16_t>(wide ? 8 : 4)});
  }
  void sum(Reg dst, Reg base, int64_t imm) { add({.kind = Op::Kind::add, .dst = dst, .base = base, .imm = imm}); }
  // The flags now tell how a register stands to a number.
  void compare(Reg reg, int64_t number, bool wide);
  void flags() { insn_.sets_flags = true; }
  Insn& insn() { return insn_; }

private:
  Insn& insn_;
};

// False: such a word is no instruction.
bool immediate(Word w, Effect& out); // data processing with an immediate
bool registers(Word w, Effect& out); // data processing between registers
bool memory(Word w, Effect& out);    // loads, stores and atomics
bool control(Word w, Effect& out);   // branches, exceptions, system registers
bool vector(Word w, Effect& out);    // floating point and SIMD, as far as general registers are concerned

// The operand of a logical instruction; none: its fields are not one.
std::optional<uint64_t> mask(bool wide, bool n, uint32_t rotate, uint32_t ones);

// Adds what only several instructions together do: decides a counter, gives up a reference.
void joined(Insn& insn, const KernelImage& image);
// Whether 64 bits of memory grow that may be a counter of a CPU.
bool raises(const Insn& insn, const KernelImage& image);
// Whether the kernel has patched away what leads to the code at `at`, which nothing is seen to lead to.
bool ruled_out(const KernelImage& image, const Symbol& function, uint64_t at);
// The compare-and-swap before an address that the kernel takes for the start of a loop in which no probe may sit.
std::optional<uint64_t> refused_behind(const KernelImage& image, uint64_t function, uint64_t address);
// Where the veneer at `address` leads to; none: the bytes are no veneer.
std::optional<uint64_t> veneer(std::span<const uint8_t> bytes, uint64_t address);

} // namespace xs::arm64
