// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes marks of instructions on the way to an increment.
#include "marks.hpp"
#include "operands.hpp"

#include "../model/probe_list.hpp"

namespace xs {

std::optional<Operand> compared_place(const Compared& c, const MachineState& state, const Arch& arch) {
  if (c.reg != kNoReg) return Operand{.reg = c.reg};
  const auto down = depth(state, arch);
  if (!down || c.base == kNoReg || state.reg[c.base].kind != Value::Kind::frame) return {};
  const int64_t at = state.reg[c.base].offset + c.imm + *down;
  return Operand{.where = Operand::Where::slot, .offset = static_cast<int32_t>(at)};
}

std::optional<SiteMark> flow_mark(const Increment& inc, const Site& site, const Trace& traced, const Types& types,
                                  const Arch& arch) {
  for (const uint64_t at : inc.leads) {
    const auto state = traced.before.find(at);
    if (state == traced.before.end()) continue;
    const auto flow = find_operands(state->second, types, arch).operands[static_cast<size_t>(Role::flow)];
    if (flow)
      return SiteMark{.function = site.function,
                      .address = at,
                      .offset = at - (site.address - site.offset),
                      .counter = site.counter,
                      .value = flow,
                      .callers = {},
                      .return_at = {}};
  }
  return {};
}

std::optional<SiteMark> flow_noted_at(uint64_t at, const MachineState& state, uint8_t counter, const Symbol& function,
                                      const Types& types, const Arch& arch) {
  const auto flow = find_operands(state, types, arch).operands[static_cast<size_t>(Role::flow)];
  if (!flow || flow->frame) return {};
  return SiteMark{.function = function.name,
                  .address = at,
                  .offset = at - function.address,
                  .counter = counter,
                  .value = flow,
                  .callers = {},
                  .return_at = {}};
}

std::optional<SiteMark> error_mark(uint64_t at, const MachineState& state, const KernelImage& image) {
  const auto insn = image.insn(at);
  const Symbol* symbol = image.around(at);
  if (!insn || !insn->compared || insn->compared->size != 4 || !symbol) return {};
  auto value = compared_place(*insn->compared, state, *image.arch);
  if (!value) return {};
  value->proof = Proof::source;
  return SiteMark{.kind = SiteMark::Kind::error,
                  .function = symbol->name,
                  .address = at,
                  .offset = at - symbol->address,
                  .counter = XfrmInStateProtoError,
                  .value = value,
                  .callers = {},
                  .return_at = {}};
}

} // namespace xs
