// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What an instruction does, as far as the resolver cares, in terms that no processor owns. One decoder per
// architecture (x86.cpp) produces it; everything behind it is the same for all.
#pragma once

#include "../model/processor.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace xs {

struct KernelImage;
struct Symbol;

using Reg = uint8_t;
inline constexpr Reg kNoReg = 0xff;
inline constexpr size_t kMaxRegs = 34; // those of the processor, and those that only its decoder knows

// An address or sum is base + index * scale + imm; kNoReg contributes nothing.
struct Op {
  enum class Kind : uint8_t {
    move,     // dst = the low `size` bytes of src
    constant, // dst = imm
    number,   // dst = some number of 32 bits, zero- or sign-extended; src: the low half of src, sign-extended
    add,      // dst = base + index * scale + imm
    mask,     // dst = dst & imm
    load,     // dst = *(size bytes at the address)
    store,    // *(size bytes at the address) = src; src kNoReg: an unknown value
    fill,     // bytes at [base, base + src * size) become unknown
    choose,   // dst = dst or src
    clobber,  // dst becomes unknown
    release,  // the integer at the address falls by one, if src holds -1
    test,  // asks whether dst is NULL (size 0) or an error pointer, for the branch that follows; without dst: whether
           // *(8 bytes at base + imm) is
    count, // the per-CPU counter at base + imm grows by src, kNoReg: by one; now, or surely a few instructions later
  };
  Kind kind;
  Reg dst = kNoReg;
  Reg base = kNoReg;
  Reg index = kNoReg;
  int8_t scale = 1;
  Reg src = kNoReg;
  uint16_t size = 8;
  int64_t imm = 0;
};

// An unsigned number above this one is a negative errno as a pointer (MAX_ERRNO).
inline constexpr int64_t kErrors = -4096;

// Whether a comparison with this number asks for error pointers: clang takes the lowest one, gcc the number before it.
constexpr bool bounds_errors(int64_t number) {
  return number == kErrors || number == kErrors + 1;
}

// The low `size` bytes of a register, or of memory at base + imm, that are held against a number; 32 bits or more.
struct Compared {
  Reg reg = kNoReg; // none: memory
  Reg base = kNoReg;
  int64_t imm = 0;
  uint16_t size = 4;
  int32_t number = 0;
};

struct Insn {
  enum class Flow : uint8_t { next, branch, jump, call, end };
  enum class Condition : uint8_t {
    other,
    equal,
    unequal,
    above,
    not_above,
    below,
    not_below,
    negative,
    not_negative,
    less,
    not_less,
    greater,
    not_greater
  };
  uint64_t address = 0;
  uint8_t length = 0;
  Flow flow = Flow::next;
  Condition condition = Condition::other; // of a branch
  bool padding = false;                   // does nothing, or stops whoever strays into it
  bool patchable = false;                 // a NOP that may stand in the place of a jump
  std::optional<int32_t> stored;          // the number that is written to memory
  bool sets_flags = false;                // what an earlier instruction asked is forgotten
  std::optional<Compared> compared;       // the operands of a comparison
  std::optional<int64_t> byte_at;         // one byte of memory is used, this far from where a register points
  std::optional<uint64_t> target;         // of a branch, jump or call; none: computed at run time
  std::optional<uint64_t> table;          // of a jump: where the addresses are that it may lead to, 8 bytes each
  std::optional<uint64_t> raised_at;      // of a place that decides a counter: the instruction that raises it
  std::vector<Op> ops;
  uint64_t next() const { return address + length; }
};

// Whether a branch after such a comparison is taken by error pointers alone, or by others.
constexpr bool is_error_way(Insn::Condition c) {
  return c == Insn::Condition::above || c == Insn::Condition::not_below;
}
constexpr bool is_pointer_way(Insn::Condition c) {
  return c == Insn::Condition::not_above || c == Insn::Condition::below;
}

// The processor's half of the resolver.
struct Arch {
  // Decodes the instruction at the start of `bytes`; none where the bytes are not one.
  Processor processor;
  std::optional<Insn> (*decode)(std::span<const uint8_t> bytes, uint64_t address);
  // Adds what an instruction of the image does together with those behind it; nullptr: each one stands for itself.
  void (*joined)(Insn& insn, const KernelImage& image);
  // Whether the instruction raises some counter of a CPU that another one must have decided; nullptr: there is no such.
  bool (*raises)(const Insn& insn, const KernelImage& image);
  // Whether code that nothing is seen to lead to is what this processor does without; nullptr: there is no such.
  bool (*ruled_out)(const KernelImage& image, const Symbol& function, uint64_t at);
  // The instruction that has the kernel refuse a probe at `address`, though it need not; nullptr: there is no such.
  std::optional<uint64_t> (*refused_behind)(const KernelImage& image, uint64_t function, uint64_t address);
  // Where the veneer of a module at `address` leads to, none: it is none; nullptr: modules call the kernel directly.
  std::optional<uint64_t> (*veneer)(std::span<const uint8_t> bytes, uint64_t address);
  std::span<const Reg> arguments; // registers of the first arguments, in order
  std::span<const Reg> clobbered; // registers that a call does not preserve
  Reg result;                     // register of a returned value
  Reg stack;                      // stack pointer
  Reg link;                       // register that a call leaves the return address in; kNoReg: it is on the stack
  Reg zero;                       // register that is always 0; kNoReg: none
  Reg scratch;                    // register that only the decoder knows; kNoReg: none
  uint8_t step;                   // of what all lengths are multiples, bytes
  int64_t stack_arguments;        // where further arguments start, bytes above the stack pointer at entry
};

const Arch& x86_64();
const Arch& aarch64();
const Arch& arch_of(Processor processor);
// By what uname says of the machine; nullptr: not known.
const Arch* arch_named(std::string_view machine);
std::string_view machine_name(Processor processor);

} // namespace xs
