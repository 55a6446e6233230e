// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Turns what was found out about sites and marks into rows of `sites` and `marks`.
#include "kernel_side.hpp"
#include "pt_regs.hpp"
#include "../model/probe_list.hpp"
#include "../resolve/symbols.hpp"

#include <algorithm>

namespace xs {
namespace {

static_assert(kRoles + 1 == ROLES);

operand kernel_side(const std::optional<Operand>& o) {
  operand out{};
  if (!o) return out;
  out.where = o->where == Operand::Where::reg ? OPERAND_REG : OPERAND_SLOT;
  out.check = o->proof == Proof::source;
  out.reg_at = kSavedAt.at(o->reg);
  out.offset = o->offset;
  out.addend = o->addend;
  out.frame = o->frame;
  return out;
}

// `from`: a Site or FlowMark.
void add_callers(auto& out, const auto& from) {
  for (size_t i = 0; i < std::min<size_t>(from.callers.size(), CALLERS); i++)
    out.caller[i] = {from.callers[i].back, from.callers[i].flow, from.callers[i].dst.value_or(NOWHERE)};
  out.return_at = from.return_at.value_or(0);
}

} // namespace

site kernel_side(const Site& s, uint16_t id) {
  site out{};
  out.id = id;
  out.counter = s.counter;
  out.base_at = kSavedAt.at(s.base.reg);
  out.base_offset = s.base.base_offset;
  out.has_amount = s.amount.has_value();
  out.marked = s.marked;
  out.output = counter_way(s.counter) == Way::out;
  out.in_loop = source_name(s.function) == "xfrm_input";
  out.amount_at = kSavedAt.at(s.amount.value_or(0));
  for (size_t i = 0; i < kRoles; i++)
    out.operand[i] = kernel_side(s.operands[i]);
  out.operand[ROLE_POLICIES] = kernel_side(s.policies);
  add_callers(out, s);
  return out;
}

mark kernel_side(const FlowMark& m) {
  mark out{};
  out.flow = kernel_side(m.flow);
  add_callers(out, m);
  return out;
}

} // namespace xs
