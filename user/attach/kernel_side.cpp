// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Converts sites and marks into rows of maps `sites` and `marks`.
#include "kernel_side.hpp"
#include "../model/probe_list.hpp"
#include "../resolve/symbols.hpp"
#include "../sys/kernel_abi.hpp"

#include <algorithm>

namespace xs {
namespace {

static_assert(kRoles + 3 == ROLES);

constexpr uint8_t kWhere[] = {OPERAND_REG, OPERAND_SLOT, OPERAND_FRAME, OPERAND_CONSTANT}; // by Operand::Where
constexpr uint8_t kNotes[] = {MARK_FLOW, MARK_ERROR};                                      // by SiteMark::Kind
constexpr std::string_view kLoop = "xfrm_input"; // undoes one transform after another in a loop

operand kernel_side(const std::optional<Operand>& o) {
  operand out{};
  if (!o) return out;
  out.where = kWhere[static_cast<size_t>(o->where)];
  out.check = o->proof == Proof::source;
  out.reg_at = saved_at(this_abi(), o->reg);
  out.offset = o->offset;
  out.addend = o->addend;
  out.frame = o->frame;
  return out;
}

// As in caller_flow.
int32_t kernel_side(const Kept& kept) {
  return kept.reg ? IN_REGISTER | static_cast<int32_t>(saved_at(this_abi(), *kept.reg)) : kept.offset;
}

caller_flow caller(const CallerFlow& c) {
  return {c.back, kernel_side(c.flow), c.dst ? kernel_side(*c.dst) : NOWHERE};
}

// `from`: a Site or SiteMark.
void add_callers(auto& out, const auto& from) {
  for (size_t i = 0; i < std::min<size_t>(from.callers.size(), CALLERS); i++)
    out.caller[i] = caller(from.callers[i]);
  out.return_at = from.return_at.value_or(0);
}

} // namespace

site kernel_side(const Site& s, uint16_t id) {
  site out{};
  out.id = id;
  out.counter = s.counter;
  out.base_at = saved_at(this_abi(), s.base.reg);
  out.base_offset = s.base.base_offset;
  out.has_amount = s.amount.has_value();
  if (s.noted) out.noted = kNotes[static_cast<size_t>(*s.noted)];
  out.in_loop = source_name(s.function) == kLoop;
  out.output = counter_way(s.counter) == Way::out;
  out.amount_at = saved_at(this_abi(), s.amount.value_or(0));
  for (size_t i = 0; i < kRoles; i++)
    out.operand[i] = kernel_side(s.operands[i]);
  out.operand[ROLE_POLICIES] = kernel_side(s.policies);
  out.operand[ROLE_LOOKED_UP] = kernel_side(s.looked_up);
  out.operand[ROLE_ERROR] = kernel_side(s.error);
  add_callers(out, s);
  return out;
}

mark kernel_side(const SiteMark& m) {
  mark out{};
  out.kind = kNotes[static_cast<size_t>(m.kind)];
  out.counter = m.counter;
  out.value = kernel_side(m.value);
  add_callers(out, m);
  return out;
}

} // namespace xs
