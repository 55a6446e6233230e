// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes a site and its operands in the words of an assembler.
#include "describe.hpp"
#include "place.hpp"

#include "../model/probe_list.hpp"

#include <fmt/core.h>

namespace xs {
namespace {

std::string text(const char* name, const std::optional<Operand>& o, Processor processor) {
  if (!o) return "";
  const std::string unless = o->frame ? fmt::format(", unless own frame of {:#x} or number", o->frame) : "";
  return fmt::format(" {}={}({}{})", name, place(*o, processor), proof_name(o->proof), unless);
}

std::string kept(const char* name, const Kept& k, Processor processor) {
  if (k.reg) return fmt::format("{}={}", name, place({.reg = *k.reg}, processor));
  return fmt::format("{}={}", name, place({.where = Operand::Where::slot, .offset = k.offset}, processor));
}

// `from`: a Site or SiteMark.
std::string callers(const auto& from) {
  std::string out;
  if (!from.callers.empty()) out = " " + kept("return", {{}, *from.return_at}, from.processor);
  for (const CallerFlow& c : from.callers)
    out += fmt::format(" caller={}:{}{}", signed_hex(static_cast<int32_t>(c.back - from.address)),
                       kept("flow", c.flow, from.processor), c.dst ? kept(",dst", *c.dst, from.processor) : "");
  return out;
}

} // namespace

std::string describe(const SiteMark& mark) {
  return fmt::format("{}+{:#x} mark of {}{}{}", mark.function, mark.offset, counter_name(mark.counter),
                     text(mark_name(mark.kind), mark.value, mark.processor), callers(mark));
}

std::string describe(const Site& site) {
  std::string out = fmt::format("{}+{:#x} {}", site.function, site.offset, counter_name(site.counter));
  if (!site.module.empty()) out += fmt::format(" [{}]", site.module);
  for (size_t role = 0; role < kRoles; role++)
    out += text(kRoleNames[role], site.operands[role], site.processor);
  out += text("policies", site.policies, site.processor);
  out += text("looked_up", site.looked_up, site.processor);
  out += text("error", site.error, site.processor);
  out += fmt::format(" base={}{}", register_name(site.base.reg, site.processor), signed_hex(-site.base.base_offset));
  if (site.amount) out += fmt::format(" amount={}", register_name(*site.amount, site.processor));
  if (site.noted) out += fmt::format(" {}=noted", mark_name(*site.noted));
  if (site.refused_behind)
    out += fmt::format(" refused_behind={}", signed_hex(static_cast<int32_t>(*site.refused_behind - site.address)));
  return out + callers(site);
}

} // namespace xs
