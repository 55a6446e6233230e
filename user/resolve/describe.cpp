// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes a site and its operands in the words of an assembler.
#include "describe.hpp"
#include "place.hpp"

#include "../model/probe_list.hpp"

#include <fmt/core.h>

namespace xs {
namespace {

std::string text(const char* name, const std::optional<Operand>& o) {
  if (!o) return "";
  const std::string unless = o->frame ? fmt::format(", unless own frame of {:#x} or number", o->frame) : "";
  return fmt::format(" {}={}({}{})", name, place(*o), proof_name(o->proof), unless);
}

std::string known(const Operands& operands, const std::optional<Operand>& policies) {
  std::string out;
  for (size_t role = 0; role < kRoles; role++)
    out += text(kRoleNames[role], operands[role]);
  return out + text("policies", policies);
}

} // namespace

std::string describe(const Site& site) {
  std::string out = fmt::format("{}+{:#x} {}", site.function, site.offset, counter_name(site.counter));
  if (!site.module.empty()) out += fmt::format(" [{}]", site.module);
  out += known(site.operands, site.policies);
  out += fmt::format(" base={}{}", register_name(site.base.reg), signed_hex(-site.base.base_offset));
  if (site.amount) out += fmt::format(" amount={}", register_name(*site.amount));
  if (const auto& lead = site.lead)
    out += fmt::format(" lead={}{}", signed_hex(static_cast<int32_t>(lead->address - site.address)),
                       known(lead->operands, lead->policies));
  return out;
}

} // namespace xs
