// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads callers' states and callees' prologues.
#include "callers.hpp"

#include <algorithm>

namespace xs {
namespace {

bool is_a(const Value& v, const Types& types, std::string_view type) {
  return v.kind == Value::Kind::pointer && !v.or_frame && !v.or_number && v.offset == 0 && !types.target(v.type) &&
         types.name(v.type) == type;
}

bool moves_stack(const Op& op, const Arch& arch) {
  return op.dst == arch.stack && op.kind != Op::Kind::test;
}

SpillSlot kept(const MachineState& state, std::string_view type, const Types& types, const Arch& arch) {
  SpillSlot out;
  for (Reg r = 0; r < kMaxRegs; r++)
    if (preserved(r, arch) && is_a(state.reg[r], types, type)) out.saved.push_back(r);
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Value::Kind::frame) return out;
  for (const auto& [at, v] : state.slot)
    if (at >= sp.offset && is_a(v, types, type)) out.above = at - sp.offset + arch.stack_arguments;
  return out;
}

// Follows a function's first instructions, by which it makes room on its stack and saves what its caller has in
// registers.
class Prologue {
public:
  explicit Prologue(const Arch& arch) : arch_(arch) {}

  // False: here it ends.
  bool step(const Insn& insn) {
    const bool tracer = insn.flow == Insn::Flow::call && saved_.empty(); // the call at each function's start
    if (tracer) return true;
    if (insn.flow != Insn::Flow::next) return false;
    for (const Op& op : insn.ops) {
      if (moves_stack(op, arch_)) {
        if (op.kind != Op::Kind::add || op.base != arch_.stack || op.index != kNoReg || op.imm > 0) return false;
        depth_ += static_cast<int32_t>(op.imm);
      }
      const bool saves = op.kind == Op::Kind::store && op.base == arch_.stack && op.index == kNoReg && op.size == 8;
      if (saves && op.src < kMaxRegs && !changed_[op.src])
        saved_.emplace(op.src, Kept{{}, depth_ + static_cast<int32_t>(op.imm)});
      if (op.dst != kNoReg && op.kind != Op::Kind::test) changed_[op.dst] = true;
    }
    return true;
  }

  Saved saved() && { return std::move(saved_); }

private:
  const Arch& arch_;
  Saved saved_;
  int32_t depth_ = 0;
  std::array<bool, kMaxRegs> changed_{};
};

Saved prologue_saves(const KernelImage& image, const Symbol& function) {
  Prologue prologue(*image.arch);
  for (uint64_t at = function.address; at < function.address + function.size;) {
    const auto insn = image.insn(at);
    if (!insn || !prologue.step(*insn)) break;
    at = insn->next();
  }
  return std::move(prologue).saved();
}

} // namespace

bool preserved(Reg r, const Arch& arch) {
  if (r == arch.stack || r == arch.zero || r == arch.scratch) return false;
  return std::ranges::find(arch.clobbered, r) == arch.clobbered.end();
}

std::optional<CallerPlace> flow_of_caller(const MachineState& state, uint64_t back, const Types& types,
                                          const Arch& arch) {
  CallerPlace out{back, kept(state, "flowi", types, arch), kept(state, "dst_entry", types, arch)};
  if (out.flow.nowhere()) return {};
  return out;
}

std::optional<Kept> SpillSlot::at(const Saved& by_callee, int32_t depth) const {
  if (above) return Kept{{}, static_cast<int32_t>(*above) + depth};
  for (const Reg r : saved) {
    const auto it = by_callee.find(r);
    if (it == by_callee.end()) continue;
    Kept out = it->second;
    if (!out.reg) out.offset += depth;
    return out;
  }
  return {};
}

std::optional<int32_t> return_place(const Saved& saved, int32_t depth, const Arch& arch) {
  if (arch.link == kNoReg) return depth;
  const auto link = saved.find(arch.link);
  if (link == saved.end() || link->second.reg) return {};
  return link->second.offset + depth;
}

Saved saved_registers(const KernelImage& image, const Symbol& function, const MachineState& state) {
  Saved out = prologue_saves(image, function);
  const auto holder = [](const Value& v) -> std::optional<Reg> {
    return is_saved_register(v) ? std::optional(static_cast<Reg>(v.id - of_caller(0))) : std::nullopt;
  };
  for (const auto& [at, v] : state.slot)
    if (const auto r = holder(v)) out.emplace(*r, Kept{{}, static_cast<int32_t>(at)});
  for (Reg r = 0; r < kMaxRegs; r++)
    if (const auto of = holder(state.reg[r])) out.emplace(*of, Kept{r, 0});
  return out;
}

} // namespace xs
