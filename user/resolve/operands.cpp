// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Ranks the registers and slots that hold an object, and offers the best of each role.
#include "operands.hpp"

#include <algorithm>

namespace xs {
namespace {

using Kind = Value::Kind;

constexpr std::array<const char*, kRoles - 1> kStructs{"sk_buff", "flowi", "xfrm_state", "xfrm_policy",
                                                       "net",     "sock",  "dst_entry"};

std::optional<Role> role_of(TypeId type, const Types& types) {
  const std::string_view name = types.name(type);
  for (size_t i = 0; i < kStructs.size(); i++)
    if (name == kStructs[i]) return static_cast<Role>(i);
  return {};
}

// A certain place is better than an uncertain one, the object that was worked on last better than another, a strong
// proof better than a weak one, a register than a slot.
auto rank(const Operand& o, bool subject) {
  return std::tuple(o.frame != 0, !subject, o.proof, o.where, o.addend != 0);
}

// Picks the best place of each operand.
class Picker {
public:
  Picker(const MachineState& state, const Types& types, const Arch& arch)
      : state_(state), types_(types), depth_(depth(state, arch)) {
    for (Reg r = 0; r < kMaxRegs; r++)
      offer(state_.reg[r], {.where = Operand::Where::reg, .reg = r});
    if (!depth_) return;
    for (const auto& [at, v] : state_.slot)
      if (at + *depth_ >= 0) // below the stack pointer everything is stale
        offer(v, {.where = Operand::Where::slot, .offset = static_cast<int32_t>(at + *depth_)});
  }

  Found found() const {
    Found out;
    for (size_t i = 0; i < kRoles; i++)
      out.operands[i] = best_[i].operand;
    out.policies = policies_.operand;
    if (state_.flow && depth_)
      out.looked_up = {.where = Operand::Where::frame,
                       .offset = static_cast<int32_t>(state_.flow->start + *depth_),
                       .proof = Proof::passed};
    return out;
  }

private:
  struct Best {
    std::optional<Operand> operand;
    bool subject = false;
  };
  const MachineState& state_;
  const Types& types_;
  std::optional<int64_t> depth_;
  std::array<Best, kRoles> best_;
  Best policies_;

  // Where a value of this type belongs; nullptr: nowhere.
  Best* goal(const Value& v) {
    if (v.kind == Kind::family) return &best_[static_cast<size_t>(Role::family)];
    if (v.kind != Kind::pointer) return nullptr;
    const auto element = types_.target(v.type);
    const auto role = role_of(element ? element->type : v.type, types_);
    if (element) return role == Role::policy ? &policies_ : nullptr;
    return role ? &best_[static_cast<size_t>(*role)] : nullptr;
  }

  void offer(const Value& v, Operand operand) {
    Best* best = goal(v);
    const bool doubtful = v.or_frame || v.or_number;
    if (!best || (doubtful && !depth_)) return;
    operand.proof = v.proof;
    operand.addend = static_cast<int32_t>(-v.offset);
    operand.frame = doubtful ? static_cast<uint32_t>(std::max<int64_t>(*depth_, 1)) : 0;
    if (best->operand && rank(operand, v.subject) >= rank(*best->operand, best->subject)) return;
    *best = {operand, v.subject};
  }
};

} // namespace

std::optional<int32_t> depth(const MachineState& state, const Arch& arch) {
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Kind::frame || sp.offset > 0) return {};
  return static_cast<int32_t>(-sp.offset);
}

Found find_operands(const MachineState& state, const Types& types, const Arch& arch) {
  return Picker(state, types, arch).found();
}

} // namespace xs
