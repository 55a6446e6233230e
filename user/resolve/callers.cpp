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

// The register that an instruction pushes.
std::optional<Reg> pushed(const Insn& insn, const Arch& arch) {
  for (const Op& op : insn.ops)
    if (op.kind == Op::Kind::store && op.base == arch.stack && op.src != kNoReg && op.imm == 0) return op.src;
  return {};
}

bool moves_stack(const Insn& insn, const Arch& arch) {
  return std::ranges::any_of(insn.ops, [&](const Op& op) { return op.dst == arch.stack; });
}

SpillSlot kept(const MachineState& state, std::string_view type, const Types& types, const Arch& arch) {
  SpillSlot out;
  for (Reg r = 0; r < kMaxRegs; r++)
    if (preserved(r, arch) && is_a(state.reg[r], types, type)) out.saved.push_back(r);
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Value::Kind::frame) return out;
  for (const auto& [at, v] : state.slot)
    if (at >= sp.offset && is_a(v, types, type)) out.above = at - sp.offset + 8;
  return out;
}

// The registers that a function pushes before it does anything else.
Saved prologue_saves(const KernelImage& image, const Symbol& function) {
  const Arch& arch = *image.arch;
  Saved out;
  int32_t depth = 0;
  for (uint64_t at = function.address; at < function.address + function.size;) {
    const auto insn = arch.decode(image.code(at), at);
    if (!insn) break;
    const bool tracer = insn->flow == Insn::Flow::call && out.empty(); // the call at each function's start
    if (insn->flow != Insn::Flow::next && !tracer) break;
    if (const auto reg = pushed(*insn, arch)) {
      out.emplace(*reg, Kept{{}, depth -= 8});
    } else if (moves_stack(*insn, arch) && !tracer) {
      break;
    }
    at = insn->next();
  }
  return out;
}

} // namespace

bool preserved(Reg r, const Arch& arch) {
  return r != arch.stack && std::ranges::find(arch.clobbered, r) == arch.clobbered.end();
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

Saved saved_registers(const KernelImage& image, const Symbol& function, const MachineState& state) {
  Saved out = prologue_saves(image, function);
  const auto holder = [](const Value& v) -> std::optional<Reg> {
    const bool callers =
        v.kind == Value::Kind::unknown && !v.or_frame && v.id >= of_caller(0) && v.id < of_caller(kMaxRegs);
    return callers ? std::optional(static_cast<Reg>(v.id - of_caller(0))) : std::nullopt;
  };
  for (const auto& [at, v] : state.slot)
    if (const auto r = holder(v)) out.emplace(*r, Kept{{}, static_cast<int32_t>(at)});
  for (Reg r = 0; r < kMaxRegs; r++)
    if (const auto of = holder(state.reg[r])) out.emplace(*of, Kept{r, 0});
  return out;
}

} // namespace xs
