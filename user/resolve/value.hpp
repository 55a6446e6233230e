// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the resolver can prove of one register or stack slot, and of all of them together at one instruction.
#pragma once

#include "../model/site.hpp"
#include "insn.hpp"
#include "types.hpp"

#include <map>

namespace xs {

// Says that two places hold the very same value: where that value came from. 0: cannot be said.
using Identity = uint64_t;
inline constexpr Identity kMerged = Identity{1} << 63; // from several places, one of which may be another's

// The value that a place (register, or slot) has where paths meet at an instruction.
constexpr Identity merged(uint64_t leader, int64_t place) {
  return kMerged | (leader & 0x7fffffffffff) << 16 | (static_cast<uint64_t>(place) & 0xffff);
}
constexpr int64_t slot_place(int64_t at) {
  return at + 0x4000 + static_cast<int64_t>(kMaxRegs);
}

// No array of pointers in a frame is larger (XFRM_MAX_DEPTH elements), bytes.
inline constexpr int64_t kLargestArray = 64;

// How far a frame address may be from where it was made.
enum class Reach : uint8_t {
  exact,
  element, // in an array that starts there, or one element behind: compilers count from either
  around,  // anywhere in an array that has it somewhere
};

struct Value {
  enum class Kind : uint8_t {
    unknown,
    constant, // `offset` is the number
    number,   // some number of at most `offset` bits and a sign: no address of an object
    frame,    // an address in the function's own frame: `offset` bytes from the stack pointer at entry
    cursor,   // an address in the function's own frame, not exactly known
    pointer,  // `offset` bytes into an object of `type`
    family,   // the parameter `family`: an address family in the low byte
  };
  Kind kind = Kind::unknown;
  bool or_frame = false;  // pointer, unknown: on some paths an address of the own frame instead
  bool or_number = false; // pointer, cursor: on some paths a number instead
  Proof proof = Proof::argument;
  TypeId type = 0;
  bool subject = false;        // pointer: of its type the one that a function was given last
  Reach reach = Reach::exact;  // of frame addresses
  int32_t first = 0, last = 0; // frame addresses: they were made from addresses between these two
  int64_t offset = 0;
  Identity id = 0;
  bool operator==(const Value&) const = default;

  static constexpr int64_t kWord = 33;   // bits of a 32-bit number, zero- or sign-extended
  static constexpr int64_t kWidest = 40; // wider ones may look like a kernel address

  static Value constant(int64_t n) { return {.kind = Kind::constant, .offset = n}; }
  static Value number(int64_t bits) { return bits <= kWidest ? Value{.kind = Kind::number, .offset = bits} : Value{}; }
  static Value in_frame(int64_t at) {
    const auto a = static_cast<int32_t>(at);
    return {.kind = Kind::frame, .first = a, .last = a, .offset = at};
  }
  static Value object(Pointee p, Proof proof, Identity id) {
    return {.kind = Kind::pointer, .proof = p.source_fact ? Proof::source : proof, .type = p.type, .id = id};
  }
  bool is_null() const { return kind == Kind::constant && offset == 0; }
  bool knows_nothing() const { return kind == Kind::unknown && !or_frame && id == 0; }
  // Perhaps an address of the own frame.
  bool may_be_frame() const { return kind == Kind::frame || kind == Kind::cursor || or_frame; }
  // The part of the own frame that it may point to the start of an object in.
  struct Range {
    int64_t first, last;
  };
  Range range() const {
    const int64_t before = reach == Reach::around ? kLargestArray : reach == Reach::element ? 8 : 0;
    return {first - before, last + (reach == Reach::exact ? 0 : kLargestArray)};
  }
  // How many bits a number has; none: it may be an address.
  std::optional<int64_t> bits() const;
};

// What holds where two paths meet: only what both agree on. NULL agrees with every pointer; an address of the own
// frame or a number leaves "the pointer, unless it is one of those", which is told apart when the site fires.
// `id`: of the result, if the two are not the same value.
Value join(const Value& a, const Value& b, Identity id = 0);

// `out`, noting where it may point to in the own frame if `a` or `b` may.
Value with_frames(Value out, const Value& a, const Value& b);

// A part of the own frame whose address others know: they may write it at any time.
struct Exposed {
  static constexpr TypeId kAnything = 0;
  static constexpr TypeId kNumbers = ~TypeId{0};
  int64_t start = 0;
  TypeId only = kAnything; // all they write there: numbers, or pointers to this type
  auto operator<=>(const Exposed&) const = default;
};

// Where in the own frame a flow lies.
struct FlowPart {
  int64_t start = 0, end = 0;
  bool operator==(const FlowPart&) const = default;
};

// Everything known at one instruction.
struct MachineState {
  std::array<Value, kMaxRegs> reg{};
  std::map<int64_t, Value> slot;      // 8-byte slots by offset from the stack pointer at entry
  std::map<Exposed, int64_t> exposed; // to the end of the part
  std::optional<FlowPart> flow;       // of those that callees were given to read, the first one
  struct Question {
    Identity id = 0;   // of which value; 0: no question
    bool null = false; // is it NULL; else: is it an error pointer
    bool operator==(const Question&) const = default;
  } asked; // what the next branch decides
  bool operator==(const MachineState&) const = default;

  template <class Visit> void each(Visit&& visit) {
    for (Value& v : reg)
      visit(v);
    for (auto& [at, v] : slot)
      visit(v);
  }
};

// Lets `into` keep only what `from` agrees with, at the instruction where they meet; true if that changed it.
bool join_into(MachineState& into, const MachineState& from, uint64_t leader);

// Makes a state ready to enter `leader`: values that met there before are older copies now.
void enter(MachineState& state, uint64_t leader);

// Forgets the slots that [at, end) may touch.
void kill_slots(MachineState& state, int64_t at, int64_t end);
// The same where [at, end) is surely written: a flow that lies there is another one from now on.
void overwrite(MachineState& state, int64_t at, int64_t end);

// The object is no longer there: forgets whatever may be an address of it. `type`: of the object.
void kill_object(MachineState& state, Value object, TypeId type);

// `state` is about to get a new value of this identity: older copies of it can no longer be told to be the same.
void retire(MachineState& state, Identity id);

} // namespace xs
