// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes a site and its operands in the words of an assembler.
#include "describe.hpp"

#include "../model/probe_list.hpp"

#include <fmt/core.h>

namespace xs {
namespace {

constexpr const char* kRegisters[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr const char* kProofs[] = {"argument", "member", "returned", "passed", "source", "layout"};

std::string name(uint8_t reg) {
  return reg < std::size(kRegisters) ? kRegisters[reg] : fmt::format("reg{}", reg);
}

std::string signed_hex(int32_t n) {
  if (n == 0) return "";
  return n < 0 ? fmt::format("-{:#x}", -static_cast<int64_t>(n)) : fmt::format("+{:#x}", n);
}

std::string place(const Operand& o) {
  std::string text = o.where == Operand::Where::reg ? name(o.reg) : fmt::format("[rsp{}]", signed_hex(o.offset));
  return text + signed_hex(o.addend);
}

std::string text(const Operand& o) {
  const char* proof = kProofs[static_cast<size_t>(o.proof)];
  return o.frame ? fmt::format("{}({}, unless own frame of {:#x} or number)", place(o), proof, o.frame)
                 : fmt::format("{}({})", place(o), proof);
}

std::string known(const Operands& operands, const std::optional<Operand>& policies) {
  std::string out;
  for (size_t role = 0; role < kRoles; role++)
    if (const auto& o = operands[role]) out += fmt::format(" {}={}", kRoleNames[role], text(*o));
  if (policies) out += fmt::format(" policies={}", text(*policies));
  return out;
}

} // namespace

std::string describe(const Site& site) {
  std::string out = fmt::format("{}+{:#x} {}", site.function, site.offset, counter_name(site.counter));
  if (!site.module.empty()) out += fmt::format(" [{}]", site.module);
  out += known(site.operands, site.policies);
  out += fmt::format(" base={}{}", name(site.base.reg), signed_hex(-site.base.base_offset));
  if (site.amount) out += fmt::format(" amount={}", name(*site.amount));
  if (const auto& lead = site.lead)
    out += fmt::format(" lead={}{}", signed_hex(static_cast<int32_t>(lead->address - site.address)),
                       known(lead->operands, lead->policies));
  return out;
}

} // namespace xs
