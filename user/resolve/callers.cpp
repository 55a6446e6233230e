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

bool preserved(Reg r, const Arch& arch) {
  return r != arch.stack && std::ranges::find(arch.clobbered, r) == arch.clobbered.end();
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

KeptPlace kept(const MachineState& state, std::string_view type, const Types& types, const Arch& arch) {
  KeptPlace out;
  for (Reg r = 0; r < kMaxRegs; r++)
    if (preserved(r, arch) && is_a(state.reg[r], types, type)) out.saved.push_back(r);
  const Value& sp = state.reg[arch.stack];
  if (sp.kind != Value::Kind::frame) return out;
  for (const auto& [at, v] : state.slot)
    if (at >= sp.offset && is_a(v, types, type)) out.above = at - sp.offset + 8;
  return out;
}

} // namespace

std::optional<CallerPlace> flow_of_caller(const MachineState& state, uint64_t back, const Types& types,
                                          const Arch& arch) {
  CallerPlace out{back, kept(state, "flowi", types, arch), kept(state, "dst_entry", types, arch)};
  if (out.flow.nowhere()) return {};
  return out;
}

std::optional<int32_t> KeptPlace::offset(const Pushed& by_callee) const {
  if (above) return static_cast<int32_t>(*above);
  for (const Reg r : saved)
    if (const auto place = by_callee.find(r); place != by_callee.end()) return static_cast<int32_t>(-place->second);
  return {};
}

Pushed pushed_first(const KernelImage& image, const Symbol& function) {
  const Arch& arch = *image.arch;
  Pushed out;
  int64_t depth = 0;
  for (uint64_t at = function.address; at < function.address + function.size;) {
    const auto insn = arch.decode(image.code(at), at);
    if (!insn) break;
    const bool tracer = insn->flow == Insn::Flow::call && out.empty(); // the call at each function's start
    if (insn->flow != Insn::Flow::next && !tracer) break;
    if (const auto reg = pushed(*insn, arch)) {
      out.emplace(*reg, depth += 8);
    } else if (moves_stack(*insn, arch) && !tracer) {
      break;
    }
    at = insn->next();
  }
  return out;
}

} // namespace xs
