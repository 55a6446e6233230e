// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps and asks what is known.
#include "known_facts.hpp"

namespace xs {
namespace {

using Condition = Insn::Condition;

std::optional<bool> decide(Condition condition, int64_t a, int64_t b) {
  switch (condition) {
  case Condition::equal:
    return a == b;
  case Condition::unequal:
    return a != b;
  case Condition::above:
    return static_cast<uint64_t>(a) > static_cast<uint64_t>(b);
  case Condition::not_above:
    return static_cast<uint64_t>(a) <= static_cast<uint64_t>(b);
  case Condition::below:
    return static_cast<uint64_t>(a) < static_cast<uint64_t>(b);
  case Condition::not_below:
    return static_cast<uint64_t>(a) >= static_cast<uint64_t>(b);
  case Condition::negative:
    return b == 0 ? std::optional(a < 0) : std::nullopt;
  case Condition::not_negative:
    return b == 0 ? std::optional(a >= 0) : std::nullopt;
  case Condition::less:
    return a < b;
  case Condition::not_less:
    return a >= b;
  case Condition::greater:
    return a > b;
  case Condition::not_greater:
    return a <= b;
  case Condition::other:
    return {};
  }
  return {};
}

} // namespace

Fact constant(int64_t n) {
  return {.number = n};
}

Fact low_half(Fact v) {
  if (v.number) return {.number = static_cast<int32_t>(*v.number), .bits = 32};
  return v.error ? Fact{.number = {}, .bits = 32, .error = true} : Fact{};
}

Fact zero_extended(const Fact& v) {
  const Fact low = low_half(v);
  return low.number ? constant(static_cast<uint32_t>(*low.number)) : low;
}

Fact sign_extended(const Fact& v) {
  const Fact low = low_half(v);
  return low.number ? constant(*low.number) : Fact{.number = {}, .error = low.error};
}

void write(Facts& s, Reg r, const Fact& v) {
  s.reg[r] = v;
  std::erase_if(s.memory, [r](const auto& one) { return one.first.base == r; });
  if (s.asked && s.asked->reg == r) s.asked->reg = kNoReg; // what was asked is not this any more
}

void store(Facts& s, const Op& op, const Fact& v) {
  std::erase_if(s.memory, [&](const auto& one) {
    const auto& [word, fact] = one;
    return word.base != op.base || op.index != kNoReg || (word.at < op.imm + op.size && op.imm < word.at + 4);
  });
  if (op.base != kNoReg && op.index == kNoReg && op.size == 4 && v != Fact{}) s.memory[{op.base, op.imm}] = v;
}

Fact load(const Facts& s, const Op& op) {
  const auto it = op.index == kNoReg && op.size == 4 ? s.memory.find({op.base, op.imm}) : s.memory.end();
  return it == s.memory.end() ? Fact{} : zero_extended(it->second);
}

Fact compared(const Facts& s, const Compared& c) {
  if (c.reg != kNoReg) return c.size == 8 ? s.reg[c.reg] : low_half(s.reg[c.reg]);
  const auto it = c.size == 4 ? s.memory.find({c.base, c.imm}) : s.memory.end();
  return it == s.memory.end() ? Fact{} : it->second;
}

bool asks_for_error(const Compared& c) {
  return c.size == 8 && bounds_errors(c.number);
}

std::optional<bool> taken(Condition condition, const Compared& c, const Fact& v) {
  if (v.number && (v.bits == 64 || c.size == 4)) return decide(condition, *v.number, c.number);
  if (asks_for_error(c) && (v.error || v.object || v.pointer))
    return decide(condition, v.error ? -1 : kErrors, c.number);
  if (c.number == 0 && v.error) return decide(condition, -1, 0);
  if (c.number == 0 && c.size == 8 && v.object && (condition == Condition::equal || condition == Condition::unequal))
    return condition == Condition::unequal;
  return {};
}

void learn(Facts& s, Condition condition, bool taken) {
  const Compared& c = *s.asked;
  if (c.reg == kNoReg || c.size != 8) return;
  if (condition == (taken ? Condition::equal : Condition::unequal))
    return change(s, c.reg, [&](Fact& v) { v.number = c.number; });
  if (!asks_for_error(c)) return;
  const bool error = taken ? is_error_way(condition) : is_pointer_way(condition);
  const bool pointer = taken ? is_pointer_way(condition) : is_error_way(condition);
  change(s, c.reg, [&](Fact& v) {
    v.error |= error;
    v.pointer |= pointer;
  });
}

} // namespace xs
