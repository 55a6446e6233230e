// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The few numbers and pointers that are known on one way through a function, and what a branch decides with them.
#pragma once

#include "insn.hpp"

#include <array>
#include <map>
#include <optional>
#include <tuple>

namespace xs {

// What is known of a register, or of 32 bits of memory.
struct Fact {
  std::optional<int64_t> number; // sign-extended from `bits`
  int bits = 64;                 // 32: the upper half is unknown
  bool object = false;           // something was accessed through it: neither NULL nor an error pointer
  bool pointer = false;          // no error pointer
  bool error = false;            // an error pointer; 32 bits: the lower half of one
  uint64_t call = 0;             // the one that it is the result of; copies have the same
  bool operator==(const Fact&) const = default;
};

Fact constant(int64_t n);
Fact low_half(Fact v);
// A 32-bit write clears the upper half.
Fact zero_extended(const Fact& v);
Fact sign_extended(const Fact& v);

// Where a number is in memory.
struct Word {
  Reg base = kNoReg;
  int64_t at = 0;
  auto operator<=>(const Word&) const = default;
};

struct Facts {
  std::array<Fact, kMaxRegs> reg{};
  std::map<Word, Fact> memory; // 32 bits each
  std::optional<Compared> asked;
  Fact answer; // of what was asked, when it was asked
  bool operator==(const Facts& o) const {
    const auto key = [](const std::optional<Compared>& c) {
      return c ? std::tuple(c->reg, c->size, c->number) : std::tuple(kNoReg, uint16_t{0}, 0);
    };
    return reg == o.reg && memory == o.memory && key(asked) == key(o.asked) && answer == o.answer;
  }
};

void write(Facts& s, Reg r, const Fact& v);
// What stands at other registers' addresses may be the same memory.
void store(Facts& s, const Op& op, const Fact& v);
Fact load(const Facts& s, const Op& op);
Fact compared(const Facts& s, const Compared& c);

// Whatever becomes known of a register holds for its copies.
template <class Change> void change(Facts& s, Reg r, Change&& apply) {
  const uint64_t call = s.reg[r].call;
  apply(s.reg[r]);
  for (Fact& v : s.reg)
    if (call && v.call == call) apply(v);
}

// Whether the branch is taken, where a comparison with `v` comes before it; none: both may be.
std::optional<bool> taken(Insn::Condition condition, const Compared& c, const Fact& v);
// What the way that is taken says of what was asked.
void learn(Facts& s, Insn::Condition condition, bool taken);

} // namespace xs
