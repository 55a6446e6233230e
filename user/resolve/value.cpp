// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Joins what is known on two paths.
#include "value.hpp"

#include <algorithm>

namespace xs {
namespace {

using Kind = Value::Kind;

bool in_frame(const Value& v) {
  return v.kind == Kind::frame || v.kind == Kind::cursor;
}

Value join_pointer(const Value& pointer, const Value& other) {
  Value out = pointer;
  if (other.is_null() && pointer.offset == 0) return out;
  if (in_frame(other)) {
    out.or_frame = true;
    return out;
  }
  if (other.kind != Kind::pointer || other.type != pointer.type || other.offset != pointer.offset) return {};
  out.or_frame |= other.or_frame;
  out.proof = std::max(pointer.proof, other.proof); // the weaker of the two
  return out;
}

} // namespace

Value join(const Value& a, const Value& b) {
  if (a == b) return a;
  if (a.kind == Kind::pointer) return join_pointer(a, b);
  if (b.kind == Kind::pointer) return join_pointer(b, a);
  if (in_frame(a) && in_frame(b)) return {.kind = Kind::cursor};
  return {};
}

bool join_into(State& into, const State& from) {
  bool changed = false;
  const auto keep = [&](Value& mine, const Value& theirs) {
    const Value joined = join(mine, theirs);
    changed |= joined != mine;
    mine = joined;
  };
  for (size_t r = 0; r < into.reg.size(); r++)
    keep(into.reg[r], from.reg[r]);
  for (auto it = into.slot.begin(); it != into.slot.end();) {
    const auto theirs = from.slot.find(it->first);
    keep(it->second, theirs == from.slot.end() ? Value{} : theirs->second);
    it = it->second.kind == Kind::unknown ? into.slot.erase(it) : std::next(it);
  }
  return changed;
}

void forget_slots(State& state, int64_t at, int64_t size) {
  auto it = state.slot.lower_bound(at - 7);
  while (it != state.slot.end() && it->first < at + size)
    it = state.slot.erase(it);
}

} // namespace xs
