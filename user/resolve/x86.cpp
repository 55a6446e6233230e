// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes x86-64 instructions (by Zydis): lengths, jumps, conditions.
#include "x86_effects.hpp"

#include <algorithm>

namespace xs {
namespace {

using namespace x86;

constexpr std::array<Reg, 6> kArguments{kRdi, kRsi, kRdx, kRcx, 8, 9};
constexpr std::array<Reg, 9> kClobbered{kRax, kRcx, kRdx, kRsi, kRdi, 8, 9, 10, 11};

bool is_imm(const ZydisDecodedOperand& o) {
  return o.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

const ZydisDecoder& decoder() {
  static const ZydisDecoder instance = [] {
    ZydisDecoder d;
    ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return d;
  }();
  return instance;
}

Insn::Flow flow_of(const Decoded& d) {
  switch (d.insn.meta.category) {
  case ZYDIS_CATEGORY_CALL:
    return Insn::Flow::call;
  case ZYDIS_CATEGORY_COND_BR:
    return Insn::Flow::branch;
  case ZYDIS_CATEGORY_UNCOND_BR:
    return Insn::Flow::jump;
  case ZYDIS_CATEGORY_RET:
    return Insn::Flow::end;
  default:
    return d.insn.mnemonic == ZYDIS_MNEMONIC_INT3 || d.insn.mnemonic == ZYDIS_MNEMONIC_HLT ? Insn::Flow::end
                                                                                           : Insn::Flow::next;
  }
}

Insn::Condition condition_of(const Decoded& d) {
  switch (d.insn.mnemonic) {
  case ZYDIS_MNEMONIC_JZ:
    return Insn::Condition::equal;
  case ZYDIS_MNEMONIC_JNZ:
    return Insn::Condition::unequal;
  case ZYDIS_MNEMONIC_JB:
    return Insn::Condition::below;
  case ZYDIS_MNEMONIC_JNB:
    return Insn::Condition::not_below;
  case ZYDIS_MNEMONIC_JNBE:
    return Insn::Condition::above;
  case ZYDIS_MNEMONIC_JBE:
    return Insn::Condition::not_above;
  case ZYDIS_MNEMONIC_JS:
    return Insn::Condition::negative;
  case ZYDIS_MNEMONIC_JNS:
    return Insn::Condition::not_negative;
  case ZYDIS_MNEMONIC_JL:
    return Insn::Condition::less;
  case ZYDIS_MNEMONIC_JNL:
    return Insn::Condition::not_less;
  case ZYDIS_MNEMONIC_JNLE:
    return Insn::Condition::greater;
  case ZYDIS_MNEMONIC_JLE:
    return Insn::Condition::not_greater;
  default:
    return Insn::Condition::other;
  }
}

bool sets_flags(const Decoded& d) {
  const ZydisAccessedFlags* f = d.insn.cpu_flags;
  return f && (f->modified | f->set_0 | f->set_1 | f->undefined) != 0;
}

std::optional<int64_t> byte_at(const Decoded& d) {
  for (uint8_t i = 0; i < d.insn.operand_count_visible && i < 2; i++)
    if (d[i].type == ZYDIS_OPERAND_TYPE_MEMORY && d[i].size == 8 && d[i].mem.base != ZYDIS_REGISTER_NONE)
      return d[i].mem.disp.value;
  return {};
}

bool decode_one(std::span<const uint8_t> code, Decoded& d) {
  return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder(), code.data(), code.size(), &d.insn, d.operand));
}

// The increment that a breakpoint of another kprobe stands on: its first byte was the prefix gs.
bool decode_under_breakpoint(std::span<const uint8_t> code, Decoded& d) {
  constexpr uint8_t kBreakpoint = 0xcc, kGs = 0x65;
  if (code.empty() || code[0] != kBreakpoint) return false;
  std::array<uint8_t, ZYDIS_MAX_INSTRUCTION_LENGTH> whole{};
  const size_t size = std::min(code.size(), whole.size());
  std::copy_n(code.begin(), size, whole.begin());
  whole[0] = kGs;
  return decode_one(std::span(whole).first(size), d) && counts(d);
}

// jmp *table(,%index,8)
std::optional<uint64_t> table_of(const Decoded& d) {
  if (d.insn.operand_count_visible == 0 || d[0].type != ZYDIS_OPERAND_TYPE_MEMORY) return {};
  const ZydisDecodedOperandMem& at = d[0].mem;
  const bool plain = at.base == ZYDIS_REGISTER_NONE && at.index != ZYDIS_REGISTER_NONE && at.scale == 8;
  return plain ? std::optional(static_cast<uint64_t>(at.disp.value)) : std::nullopt;
}

std::optional<Insn> decode(std::span<const uint8_t> code, uint64_t address) {
  Decoded d;
  if (!decode_under_breakpoint(code, d) && !decode_one(code, d)) return {};
  Insn out;
  out.address = address;
  out.length = d.insn.length;
  out.flow = flow_of(d);
  out.condition = condition_of(d);
  if (d.insn.mnemonic == ZYDIS_MNEMONIC_MOV && d[0].type == ZYDIS_OPERAND_TYPE_MEMORY && is_imm(d[1]))
    out.stored = static_cast<int32_t>(d[1].imm.value.s);
  out.padding = d.insn.mnemonic == ZYDIS_MNEMONIC_NOP || d.insn.mnemonic == ZYDIS_MNEMONIC_INT3;
  out.patchable = out.padding && (out.length == 2 || out.length == 5);
  out.sets_flags = sets_flags(d);
  out.compared = compared(d);
  out.byte_at = byte_at(d);
  if (out.flow == Insn::Flow::next) {
    effects_of(d, out.ops);
  } else if (d.insn.operand_count_visible > 0 && is_imm(d[0]) && d[0].imm.is_relative) {
    out.target = out.next() + static_cast<uint64_t>(d[0].imm.value.s);
  } else if (out.flow == Insn::Flow::jump) {
    out.table = table_of(d);
  }
  return out;
}

} // namespace

const Arch& x86_64() {
  static const Arch arch{.processor = Processor::x86_64,
                         .decode = decode,
                         .joined = nullptr,
                         .raises = nullptr,
                         .ruled_out = nullptr,
                         .refused_behind = nullptr,
                         .veneer = nullptr,
                         .arguments = kArguments,
                         .clobbered = kClobbered,
                         .result = kRax,
                         .stack = kRsp,
                         .link = kNoReg,
                         .zero = kNoReg,
                         .scratch = kNoReg,
                         .step = 1,
                         .stack_arguments = 8};
  return arch;
}

} // namespace xs
