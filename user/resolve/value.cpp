// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Joins what is known on two paths.
#include "value.hpp"

#include <algorithm>

namespace xs {
namespace {

using Kind = Value::Kind;

bool in_own_frame(const Value& v) {
  return v.kind == Kind::cursor || (v.kind == Kind::frame && v.offset < 0);
}

// Certainly no address of an object of others.
bool harmless(const Value& v) {
  return in_own_frame(v) || v.bits();
}

Value join_pointer(const Value& pointer, const Value& other, Identity id) {
  Value out = pointer;
  out.id = id;
  out.subject = pointer.subject && other.subject;
  if (other.is_null() && pointer.offset == 0) {
    out.subject = pointer.subject;
    return out;
  }
  if (in_own_frame(other)) {
    out.or_number |= other.or_number;
    return with_frames(out, pointer, other);
  }
  if (other.bits()) {
    out.or_number = true;
  } else if (other.kind == Kind::pointer && other.type == pointer.type && other.offset == pointer.offset) {
    out = with_frames(out, pointer, other);
    out.or_number |= other.or_number;
    out.proof = std::max(pointer.proof, other.proof); // the weaker of the two
  } else {
    return with_frames({.id = id}, pointer, other);
  }
  return out;
}

} // namespace

Value with_frames(Value out, const Value& a, const Value& b) {
  const bool both = a.may_be_frame() && b.may_be_frame();
  const Value& one = a.may_be_frame() ? a : b;
  if (!one.may_be_frame()) return out;
  out.or_frame = out.kind != Kind::cursor;
  out.reach = both ? std::max(a.reach, b.reach) : one.reach;
  out.first = both ? std::min(a.first, b.first) : one.first;
  out.last = both ? std::max(a.last, b.last) : one.last;
  return out;
}

std::optional<int64_t> Value::bits() const {
  if (kind == Kind::number) return offset;
  if (kind == Kind::family) return kWord;
  constexpr int64_t kLargest = int64_t{1} << kWord;
  if (kind == Kind::constant && offset >= -kLargest && offset <= kLargest) return kWord;
  return {};
}

Value join(const Value& a, const Value& b, Identity id) {
  if (a == b) return a;
  if (a.id == b.id && a.offset == b.offset) id = a.id;
  if (a.kind == Kind::pointer) return join_pointer(a, b, id);
  if (b.kind == Kind::pointer) return join_pointer(b, a, id);
  if (harmless(a) && harmless(b) && (in_own_frame(a) || in_own_frame(b)))
    return with_frames({.kind = Kind::cursor, .or_number = a.or_number || b.or_number || a.bits() || b.bits()}, a, b);
  if (a.bits() && b.bits()) return Value::number(std::max(*a.bits(), *b.bits()));
  return with_frames({.id = id}, a, b);
}

void enter(MachineState& state, uint64_t leader) {
  state.asked = {};
  const Identity here = merged(leader, 0);
  const auto rename = [here](Value& v, int64_t place) {
    if ((v.id & ~Identity{0xffff}) == here) v.id = here | (static_cast<uint64_t>(place) & 0xffff);
  };
  for (size_t r = 0; r < state.reg.size(); r++)
    rename(state.reg[r], static_cast<int64_t>(r));
  for (auto& [at, v] : state.slot)
    rename(v, slot_place(at));
}

bool join_into(MachineState& into, const MachineState& from, uint64_t leader) {
  bool changed = false;
  const auto keep = [&](Value& mine, const Value& theirs, int64_t place) {
    if (mine == theirs) return;
    const Value joined = join(mine, theirs, merged(leader, place));
    changed |= joined != mine;
    mine = joined;
  };
  for (size_t r = 0; r < into.reg.size(); r++)
    keep(into.reg[r], from.reg[r], static_cast<int64_t>(r));
  for (auto it = into.slot.begin(); it != into.slot.end(); ++it) {
    const auto theirs = from.slot.find(it->first);
    keep(it->second, theirs == from.slot.end() ? Value{} : theirs->second, slot_place(it->first));
  }
  for (const auto& [at, theirs] : from.slot) {
    if (!theirs.may_be_frame() || into.slot.contains(at)) continue;
    into.slot.emplace(at, with_frames({}, theirs, theirs));
    changed = true;
  }
  if (into.flow && into.flow != from.flow) {
    into.flow.reset();
    changed = true;
  }
  for (const auto& [part, end] : from.exposed) {
    const auto [mine, fresh] = into.exposed.try_emplace(part, end);
    changed |= fresh || mine->second < end;
    mine->second = std::max(mine->second, end);
  }
  return changed;
}

void kill_slots(MachineState& state, int64_t at, int64_t end) {
  auto it = state.slot.lower_bound(at - 7);
  while (it != state.slot.end() && it->first < end)
    it = state.slot.erase(it);
}

void overwrite(MachineState& state, int64_t at, int64_t end) {
  kill_slots(state, at, end);
  if (state.flow && at < state.flow->end && state.flow->start < end) state.flow.reset();
}

// Whether two values may be the address of one object: they are the same, nothing is known of where one of them came
// from, or both were read from memory. A parameter or result is taken for another object than what memory led to.
bool may_be_same(const Value& a, const Value& b) {
  const auto read = [](const Value& v) { return v.proof != Proof::argument && v.proof != Proof::returned; };
  return a.id == b.id || a.id == 0 || b.id == 0 || ((a.id | b.id) & kMerged) || (read(a) && read(b));
}

void kill_object(MachineState& state, Value object, TypeId type) {
  state.each([&](Value& v) {
    const bool same = object.id != 0 && v.id == object.id;
    if (v.kind == Kind::pointer && (same || (v.type == type && may_be_same(object, v)))) v = with_frames({}, v, v);
  });
}

void retire(MachineState& state, Identity id) {
  state.each([id](Value& v) {
    if (v.id == id) v.id = 0;
  });
}

} // namespace xs
