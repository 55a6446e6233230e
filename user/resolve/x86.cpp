// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes x86-64 instructions (by Zydis) into what they do to registers, stack and counters.
#include "insn.hpp"

#include <Zydis/Zydis.h>

namespace xs {
namespace {

constexpr Reg kRax = 0, kRcx = 1, kRdx = 2, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;
constexpr std::array<Reg, 6> kArguments{kRdi, kRsi, kRdx, kRcx, 8, 9};
constexpr std::array<Reg, 9> kClobbered{kRax, kRcx, kRdx, kRsi, kRdi, 8, 9, 10, 11};

struct Decoded {
  ZydisDecodedInstruction insn;
  ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
  const ZydisDecodedOperand& operator[](size_t i) const { return operand[i]; }
};

const ZydisDecoder& decoder() {
  static const ZydisDecoder instance = [] {
    ZydisDecoder d;
    ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return d;
  }();
  return instance;
}

// The number of the general register that `reg` is or is a part of.
Reg general(ZydisRegister reg) {
  const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
  if (ZydisRegisterGetClass(whole) != ZYDIS_REGCLASS_GPR64) return kNoReg;
  return static_cast<Reg>(ZydisRegisterGetId(whole));
}

bool is_reg(const ZydisDecodedOperand& o) {
  return o.type == ZYDIS_OPERAND_TYPE_REGISTER;
}
bool is_mem(const ZydisDecodedOperand& o) {
  return o.type == ZYDIS_OPERAND_TYPE_MEMORY;
}
bool is_imm(const ZydisDecodedOperand& o) {
  return o.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}
Reg reg_of(const ZydisDecodedOperand& o) {
  return is_reg(o) ? general(o.reg.value) : kNoReg;
}

// Memory at a register plus a displacement, in the kernel's own address space.
bool plain(const ZydisDecodedOperand& o) {
  const bool per_cpu = o.mem.segment == ZYDIS_REGISTER_GS || o.mem.segment == ZYDIS_REGISTER_FS;
  return is_mem(o) && !per_cpu && o.mem.index == ZYDIS_REGISTER_NONE && general(o.mem.base) != kNoReg;
}

uint8_t bytes(const ZydisDecodedOperand& o) {
  return static_cast<uint8_t>(o.size / 8);
}

Op load(Reg dst, const ZydisDecodedOperand& m) {
  return {.kind = Op::Kind::load, .dst = dst, .base = general(m.mem.base), .size = bytes(m), .imm = m.mem.disp.value};
}

Op store(const ZydisDecodedOperand& m, Reg src) {
  return {.kind = Op::Kind::store, .base = general(m.mem.base), .src = src, .size = bytes(m), .imm = m.mem.disp.value};
}

Op add(Reg dst, Reg base, int64_t imm) {
  return {.kind = Op::Kind::add, .dst = dst, .base = base, .imm = imm};
}

// Whatever an instruction writes and is not followed becomes unknown.
void forget_writes(const Decoded& d, std::vector<Op>& ops) {
  for (size_t i = 0; i < d.insn.operand_count; i++) {
    if (!(d[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)) continue;
    if (const Reg r = reg_of(d[i]); r != kNoReg) ops.push_back({.kind = Op::Kind::clobber, .dst = r});
    if (plain(d[i])) ops.push_back(store(d[i], kNoReg));
  }
}

bool repeats(const Decoded& d) {
  return d.insn.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
}

void repeated(const Decoded& d, std::vector<Op>& ops) {
  for (size_t i = 0; i < d.insn.operand_count; i++)
    if (plain(d[i]) && (d[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
      ops.push_back({.kind = Op::Kind::fill, .base = general(d[i].mem.base), .src = kRcx, .size = bytes(d[i])});
  for (const Reg r : {kRdi, kRsi, kRcx, kRax})
    ops.push_back({.kind = Op::Kind::clobber, .dst = r});
}

void moved(const Decoded& d, std::vector<Op>& ops) {
  const auto &to = d[0], &from = d[1];
  const Reg dst = reg_of(to), src = reg_of(from);
  const bool whole = to.size == 64 || (to.size == 32 && is_reg(to)); // a 32-bit write clears the upper half
  if (is_reg(to) && dst != kNoReg && whole && plain(from)) return ops.push_back(load(dst, from));
  if (is_reg(to) && dst != kNoReg && whole && src != kNoReg)
    return ops.push_back({.kind = Op::Kind::move, .dst = dst, .src = src, .size = bytes(from)});
  if (is_reg(to) && dst != kNoReg && whole && is_imm(from))
    return ops.push_back({.kind = Op::Kind::constant, .dst = dst, .imm = from.imm.value.s});
  if (plain(to)) return ops.push_back(store(to, to.size == 64 ? src : kNoReg));
  forget_writes(d, ops);
}

void loaded_address(const Decoded& d, std::vector<Op>& ops) {
  const auto& m = d[1].mem;
  const Reg base = general(m.base);
  if (d[0].size != 64 || m.index != ZYDIS_REGISTER_NONE || base == kNoReg) return forget_writes(d, ops);
  ops.push_back(add(reg_of(d[0]), base, m.disp.value));
}

// An increment of a per-CPU 64-bit counter: inc/add qword gs:[reg + disp].
bool counts(const Decoded& d) {
  const bool grows = d.insn.mnemonic == ZYDIS_MNEMONIC_INC || d.insn.mnemonic == ZYDIS_MNEMONIC_ADD;
  return grows && is_mem(d[0]) && d[0].size == 64 && d[0].mem.segment == ZYDIS_REGISTER_GS &&
         d[0].mem.index == ZYDIS_REGISTER_NONE && general(d[0].mem.base) != kNoReg;
}

void arithmetic(const Decoded& d, std::vector<Op>& ops) {
  const bool minus = d.insn.mnemonic == ZYDIS_MNEMONIC_SUB || d.insn.mnemonic == ZYDIS_MNEMONIC_DEC;
  const bool unary = d.insn.mnemonic == ZYDIS_MNEMONIC_INC || d.insn.mnemonic == ZYDIS_MNEMONIC_DEC;
  if (counts(d)) {
    const bool by_reg = !unary && is_reg(d[1]);
    const bool by_one = unary || (is_imm(d[1]) && d[1].imm.value.s == 1);
    if (by_reg || by_one)
      return ops.push_back({.kind = Op::Kind::count,
                            .base = general(d[0].mem.base),
                            .src = by_reg ? reg_of(d[1]) : kNoReg,
                            .imm = d[0].mem.disp.value});
  }
  const Reg dst = reg_of(d[0]);
  if (dst == kNoReg || d[0].size != 64 || !(unary || is_imm(d[1]))) return forget_writes(d, ops);
  const int64_t by = unary ? 1 : d[1].imm.value.s;
  ops.push_back(add(dst, dst, minus ? -by : by));
}

void masked(const Decoded& d, std::vector<Op>& ops) {
  if (!is_reg(d[0]) || d[0].size != 64 || !is_imm(d[1])) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::mask, .dst = reg_of(d[0]), .imm = d[1].imm.value.s});
}

void zeroed(const Decoded& d, std::vector<Op>& ops) {
  const bool same = is_reg(d[0]) && is_reg(d[1]) && d[0].reg.value == d[1].reg.value && d[0].size >= 32;
  if (!same || reg_of(d[0]) == kNoReg) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::constant, .dst = reg_of(d[0]), .imm = 0});
}

void pushed(const Decoded& d, std::vector<Op>& ops) {
  ops.push_back(add(kRsp, kRsp, -8));
  ops.push_back({.kind = Op::Kind::store, .base = kRsp, .src = reg_of(d[0])});
}

void popped(const Decoded& d, std::vector<Op>& ops) {
  if (const Reg dst = reg_of(d[0]); dst != kNoReg) ops.push_back({.kind = Op::Kind::load, .dst = dst, .base = kRsp});
  ops.push_back(add(kRsp, kRsp, 8));
}

void left(std::vector<Op>& ops) {
  ops.push_back({.kind = Op::Kind::move, .dst = kRsp, .src = kRbp});
  ops.push_back({.kind = Op::Kind::load, .dst = kRbp, .base = kRsp});
  ops.push_back(add(kRsp, kRsp, 8));
}

void conditional(const Decoded& d, std::vector<Op>& ops) {
  if (d[0].size != 64 || !is_reg(d[1])) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::choose, .dst = reg_of(d[0]), .src = reg_of(d[1])});
}

void data(const Decoded& d, std::vector<Op>& ops) {
  if (repeats(d)) return repeated(d, ops);
  if (d.insn.meta.category == ZYDIS_CATEGORY_CMOV) return conditional(d, ops);
  switch (d.insn.mnemonic) {
  case ZYDIS_MNEMONIC_MOV:
  case ZYDIS_MNEMONIC_MOVZX:
    return moved(d, ops);
  case ZYDIS_MNEMONIC_LEA:
    return loaded_address(d, ops);
  case ZYDIS_MNEMONIC_ADD:
  case ZYDIS_MNEMONIC_SUB:
  case ZYDIS_MNEMONIC_INC:
  case ZYDIS_MNEMONIC_DEC:
    return arithmetic(d, ops);
  case ZYDIS_MNEMONIC_AND:
    return masked(d, ops);
  case ZYDIS_MNEMONIC_XOR:
    return zeroed(d, ops);
  case ZYDIS_MNEMONIC_PUSH:
    return pushed(d, ops);
  case ZYDIS_MNEMONIC_POP:
    return popped(d, ops);
  case ZYDIS_MNEMONIC_LEAVE:
    return left(ops);
  default:
    return forget_writes(d, ops);
  }
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

std::optional<Insn> decode(std::span<const uint8_t> code, uint64_t address) {
  Decoded d;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder(), code.data(), code.size(), &d.insn, d.operand))) return {};
  Insn out{.address = address, .length = d.insn.length, .flow = flow_of(d), .target = {}, .ops = {}};
  if (out.flow == Insn::Flow::next) {
    data(d, out.ops);
  } else if (d.insn.operand_count_visible > 0 && is_imm(d[0]) && d[0].imm.is_relative) {
    out.target = out.next() + static_cast<uint64_t>(d[0].imm.value.s);
  }
  return out;
}

} // namespace

const Arch& x86_64() {
  static const Arch arch{.decode = decode,
                         .arguments = kArguments,
                         .clobbered = kClobbered,
                         .result = kRax,
                         .stack = kRsp,
                         .stack_arguments = 8};
  return arch;
}

} // namespace xs
