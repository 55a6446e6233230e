// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names registers, stack slots and proofs.
#include "place.hpp"

#include <fmt/core.h>

namespace xs {
namespace {

constexpr const char* kRegisters[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

struct ProofName {
  Proof proof;
  const char* name;
};

constexpr ProofName kProofs[] = {
    {Proof::argument, "argument"}, {Proof::member, "member"}, {Proof::returned, "returned"},
    {Proof::passed, "passed"},     {Proof::source, "source"}, {Proof::layout, "layout"},
};

} // namespace

std::string signed_hex(int32_t n) {
  if (n == 0) return "";
  return n < 0 ? fmt::format("-{:#x}", -static_cast<int64_t>(n)) : fmt::format("+{:#x}", n);
}

std::string register_name(uint8_t number, Processor processor) {
  constexpr uint8_t kStack = 31;
  if (processor == Processor::arm64) return number == kStack ? "sp" : fmt::format("x{}", number);
  return number < std::size(kRegisters) ? kRegisters[number] : fmt::format("reg{}", number);
}

std::string place(const Operand& o, Processor processor) {
  const char* stack = processor == Processor::arm64 ? "sp" : "rsp";
  if (o.where == Operand::Where::frame) return fmt::format("{}{}", stack, signed_hex(o.offset));
  if (o.where == Operand::Where::constant) return fmt::format("{}", o.offset);
  return (o.where == Operand::Where::reg ? register_name(o.reg, processor)
                                         : fmt::format("[{}{}]", stack, signed_hex(o.offset))) +
         signed_hex(o.addend);
}

const char* mark_name(SiteMark::Kind kind) {
  return kind == SiteMark::Kind::flow ? "flow" : "error";
}

const char* proof_name(Proof proof) {
  for (const ProofName& p : kProofs)
    if (p.proof == proof) return p.name;
  return "?";
}

} // namespace xs
