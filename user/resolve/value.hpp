// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the resolver can prove of one register or stack slot, and of all of them together at one instruction.
#pragma once

#include "../model/site.hpp"
#include "insn.hpp"
#include "types.hpp"

#include <map>

namespace xs {

struct Value {
  enum class Kind : uint8_t {
    unknown,
    constant, // `offset` is the number
    frame,    // an address in the function's own frame: `offset` bytes from the stack pointer at entry
    cursor,   // an address in the function's own frame, wherever in it
    pointer,  // `offset` bytes into an object of `type`
    scalar,   // the parameter `family`, an address family
  };
  Kind kind = Kind::unknown;
  bool or_frame = false; // pointer: on some paths an address of the own frame instead
  Proof proof = Proof::argument;
  TypeId type = 0;
  int64_t offset = 0;
  bool operator==(const Value&) const = default;

  static Value number(int64_t n) { return {.kind = Kind::constant, .offset = n}; }
  static Value in_frame(int64_t at) { return {.kind = Kind::frame, .offset = at}; }
  static Value object(Pointee p, Proof proof) {
    return {.kind = Kind::pointer, .proof = p.source_fact ? Proof::source : proof, .type = p.type};
  }
  bool is_null() const { return kind == Kind::constant && offset == 0; }
};

// What holds where two paths meet: only what both agree on. NULL agrees with every pointer; an address of the own
// frame leaves "the pointer, unless it points into the frame", which is told apart when the site fires.
Value join(const Value& a, const Value& b);

// Everything known at one instruction.
struct State {
  std::array<Value, kMaxRegs> reg{};
  std::map<int64_t, Value> slot; // 8-byte slots by offset from the stack pointer at entry
  bool operator==(const State&) const = default;
};

// Lets `into` keep only what `from` agrees with; true if that changed it.
bool join_into(State& into, const State& from);

// Forgets the slots that [at, at + size) touches.
void forget_slots(State& state, int64_t at, int64_t size);

} // namespace xs
