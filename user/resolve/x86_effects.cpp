// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Translates x86-64 instructions, one mnemonic after the other.
#include "x86_effects.hpp"

namespace xs::x86 {
namespace {

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

// A 64-bit register's low part, not one of AH to BH.
bool low(const ZydisDecodedOperand& o) {
  return o.reg.value < ZYDIS_REGISTER_AH || o.reg.value > ZYDIS_REGISTER_BH;
}

bool per_cpu(const ZydisDecodedOperand& o) {
  return o.mem.segment == ZYDIS_REGISTER_GS || o.mem.segment == ZYDIS_REGISTER_FS;
}

// Memory in the kernel's own address space, at registers of 64 bits.
bool plain(const ZydisDecodedOperand& o) {
  const auto wide = [](ZydisRegister r) {
    return r == ZYDIS_REGISTER_NONE || ZydisRegisterGetClass(r) == ZYDIS_REGCLASS_GPR64;
  };
  return is_mem(o) && !per_cpu(o) && wide(o.mem.base) && wide(o.mem.index);
}

// A variable of the kernel or of a module, at a fixed distance from the instruction.
bool variable(const ZydisDecodedOperand& o) {
  return is_mem(o) && !per_cpu(o) && o.mem.base == ZYDIS_REGISTER_RIP;
}

bool conditional(const ZydisDecodedOperand& o) {
  return o.actions & ZYDIS_OPERAND_ACTION_CONDWRITE;
}

uint16_t bytes(const ZydisDecodedOperand& o) {
  constexpr uint16_t kUnknown = 4096; // the whole state of a processor's extensions
  return o.size ? static_cast<uint16_t>(o.size / 8) : kUnknown;
}

Op address(Op::Kind kind, const ZydisDecodedOperand& m) {
  return {.kind = kind,
          .base = general(m.mem.base),
          .index = general(m.mem.index),
          .scale = static_cast<int8_t>(m.mem.scale),
          .size = bytes(m),
          .imm = m.mem.disp.value};
}

Op load(Reg dst, const ZydisDecodedOperand& m) {
  Op op = address(Op::Kind::load, m);
  op.dst = dst;
  return op;
}

Op store(const ZydisDecodedOperand& m, Reg src) {
  Op op = address(Op::Kind::store, m);
  op.src = src;
  return op;
}

Op add(Reg dst, Reg base, int64_t imm) {
  return {.kind = Op::Kind::add, .dst = dst, .base = base, .imm = imm};
}

// Whatever an instruction writes and is not followed becomes unknown.
void forget_writes(const Decoded& d, std::vector<Op>& ops) {
  for (size_t i = 0; i < d.insn.operand_count; i++) {
    if (!(d[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)) continue;
    if (const Reg r = reg_of(d[i]); r != kNoReg)
      ops.push_back({.kind = d[i].size == 32 && !conditional(d[i]) ? Op::Kind::number : Op::Kind::clobber, .dst = r});
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

int64_t immediate(const ZydisDecodedOperand& to, const ZydisDecodedOperand& o) {
  return to.size == 32 ? static_cast<int64_t>(static_cast<uint32_t>(o.imm.value.u)) : o.imm.value.s;
}

void moved(const Decoded& d, std::vector<Op>& ops) {
  const auto &to = d[0], &from = d[1];
  const Reg dst = reg_of(to), src = reg_of(from);
  const bool whole = dst != kNoReg && (to.size == 64 || to.size == 32); // a 32-bit write clears the upper half
  if (whole && plain(from)) return ops.push_back(load(dst, from));
  if (whole && variable(from)) return ops.push_back({.kind = Op::Kind::load, .dst = dst, .size = bytes(from)});
  if (whole && src != kNoReg && low(from))
    return ops.push_back({.kind = Op::Kind::move, .dst = dst, .src = src, .size = bytes(from)});
  if (whole && is_imm(from)) return ops.push_back({.kind = Op::Kind::constant, .dst = dst, .imm = immediate(to, from)});
  if (plain(to)) return ops.push_back(store(to, src != kNoReg && low(from) ? src : kNoReg));
  forget_writes(d, ops);
}

// The register that a word is in, once it is loaded.
Reg word_of(const ZydisDecodedOperand& from, Reg loaded) {
  return is_reg(from) ? reg_of(from) : loaded;
}

void sign_extended(const Decoded& d, std::vector<Op>& ops) {
  const Reg dst = reg_of(d[0]);
  if (dst == kNoReg || d[0].size < 32) return forget_writes(d, ops);
  const bool word = d[0].size == 64 && d[1].size == 32;
  if (plain(d[1])) ops.push_back(load(dst, d[1]));
  if (!plain(d[1]) || word)
    ops.push_back({.kind = Op::Kind::number, .dst = dst, .src = word ? word_of(d[1], dst) : kNoReg});
}

void loaded_address(const Decoded& d, std::vector<Op>& ops) {
  if (d[0].size != 64 || !plain(d[1])) return forget_writes(d, ops);
  Op op = address(Op::Kind::add, d[1]);
  op.dst = reg_of(d[0]);
  ops.push_back(op);
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
  const Reg dst = reg_of(d[0]), other = unary ? kNoReg : reg_of(d[1]);
  if (dst == kNoReg || d[0].size != 64 || !(unary || is_imm(d[1]) || other != kNoReg)) return forget_writes(d, ops);
  if (dst == other)
    return minus ? ops.push_back({.kind = Op::Kind::constant, .dst = dst, .imm = 0}) : forget_writes(d, ops);
  if (other != kNoReg)
    return ops.push_back(
        {.kind = Op::Kind::add, .dst = dst, .base = dst, .index = other, .scale = static_cast<int8_t>(minus ? -1 : 1)});
  const int64_t by = unary ? 1 : d[1].imm.value.s;
  ops.push_back(add(dst, dst, minus ? -by : by));
}

// lock xadd [memory], reg; lock dec [memory]: how the last use of a counted reference looks.
bool releases(const Decoded& d, std::vector<Op>& ops) {
  const bool locked = d.insn.attributes & ZYDIS_ATTRIB_HAS_LOCK;
  const bool falls = d.insn.mnemonic == ZYDIS_MNEMONIC_DEC || d.insn.mnemonic == ZYDIS_MNEMONIC_XADD;
  if (!locked || !falls || !plain(d[0]) || d[0].size != 32) return false;
  Op op = address(Op::Kind::release, d[0]);
  if (d.insn.mnemonic == ZYDIS_MNEMONIC_XADD) op.src = reg_of(d[1]);
  ops.push_back(op);
  forget_writes(d, ops);
  return true;
}

void masked(const Decoded& d, std::vector<Op>& ops) {
  const Reg dst = reg_of(d[0]);
  if (dst == kNoReg || d[0].size < 32 || !is_imm(d[1])) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::mask, .dst = dst, .imm = immediate(d[0], d[1])});
}

// or reg, -1
void filled(const Decoded& d, std::vector<Op>& ops) {
  const bool ones = reg_of(d[0]) != kNoReg && d[0].size >= 32 && is_imm(d[1]) && d[1].imm.value.s == -1;
  if (!ones) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::constant, .dst = reg_of(d[0]), .imm = immediate(d[0], d[1])});
}

void zeroed(const Decoded& d, std::vector<Op>& ops) {
  const bool same = is_reg(d[0]) && is_reg(d[1]) && d[0].reg.value == d[1].reg.value && d[0].size >= 32;
  if (!same || reg_of(d[0]) == kNoReg) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::constant, .dst = reg_of(d[0]), .imm = 0});
}

void shifted(const Decoded& d, std::vector<Op>& ops) {
  const Reg dst = reg_of(d[0]);
  if (dst == kNoReg || d[0].size != 64 || !is_imm(d[1]) || d[1].imm.value.u > 3) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::add, .dst = dst, .index = dst, .scale = static_cast<int8_t>(1 << d[1].imm.value.u)});
}

// test reg, reg or cmp place, 0: NULL? cmp place, -MAX_ERRNO: an error pointer?
void asked(const Decoded& d, std::vector<Op>& ops) {
  const bool test = d.insn.mnemonic == ZYDIS_MNEMONIC_TEST;
  const bool self = test && is_reg(d[1]) && is_reg(d[0]) && d[1].reg.value == d[0].reg.value;
  const int64_t with = is_imm(d[1]) ? d[1].imm.value.s : 1;
  const bool compares = !test && (bounds_errors(with) || with == 0);
  if (d[0].size != 64 || !(self || compares)) return;
  Op op = {.kind = Op::Kind::test, .dst = reg_of(d[0])};
  if (op.dst == kNoReg) {
    if (!plain(d[0]) || d[0].mem.index != ZYDIS_REGISTER_NONE) return;
    op = address(Op::Kind::test, d[0]);
  }
  op.size = self || with == 0 ? 0 : 8;
  ops.push_back(op);
}

void pushed(const Decoded& d, std::vector<Op>& ops) {
  if (d.insn.operand_width != 64) return forget_writes(d, ops);
  const bool visible = d.insn.operand_count_visible > 0;
  const Reg src = visible && reg_of(d[0]) != kRsp ? reg_of(d[0]) : kNoReg;
  ops.push_back(add(kRsp, kRsp, -8));
  ops.push_back({.kind = Op::Kind::store, .base = kRsp, .src = src});
}

void popped(const Decoded& d, std::vector<Op>& ops) {
  const bool visible = d.insn.operand_count_visible > 0; // not the flags
  const Reg dst = visible ? reg_of(d[0]) : kNoReg;
  if (d.insn.operand_width != 64 || (visible && is_mem(d[0])) || dst == kRsp) return forget_writes(d, ops);
  if (dst != kNoReg) ops.push_back({.kind = Op::Kind::load, .dst = dst, .base = kRsp});
  ops.push_back(add(kRsp, kRsp, 8));
}

void left(std::vector<Op>& ops) {
  ops.push_back({.kind = Op::Kind::move, .dst = kRsp, .src = kRbp});
  ops.push_back({.kind = Op::Kind::load, .dst = kRbp, .base = kRsp});
  ops.push_back(add(kRsp, kRsp, 8));
}

void chosen(const Decoded& d, std::vector<Op>& ops) {
  if (d[0].size == 32) return ops.push_back({.kind = Op::Kind::number, .dst = reg_of(d[0])});
  if (d[0].size != 64 || !is_reg(d[1])) return forget_writes(d, ops);
  ops.push_back({.kind = Op::Kind::choose, .dst = reg_of(d[0]), .src = reg_of(d[1])});
}

} // namespace

bool counts(const Decoded& d) {
  const bool grows = d.insn.mnemonic == ZYDIS_MNEMONIC_INC || d.insn.mnemonic == ZYDIS_MNEMONIC_ADD;
  return grows && is_mem(d[0]) && d[0].size == 64 && d[0].mem.segment == ZYDIS_REGISTER_GS &&
         d[0].mem.index == ZYDIS_REGISTER_NONE && general(d[0].mem.base) != kNoReg;
}

std::optional<Compared> compared(const Decoded& d) {
  const bool self =
      d.insn.mnemonic == ZYDIS_MNEMONIC_TEST && is_reg(d[0]) && is_reg(d[1]) && d[0].reg.value == d[1].reg.value;
  if (self && d[0].size >= 32) return Compared{.reg = reg_of(d[0]), .size = bytes(d[0])};
  if (d.insn.mnemonic != ZYDIS_MNEMONIC_CMP || d[0].size < 32 || !is_imm(d[1])) return {};
  Compared out{.reg = reg_of(d[0]), .size = bytes(d[0]), .number = static_cast<int32_t>(d[1].imm.value.s)};
  if (out.reg != kNoReg) return out;
  if (!plain(d[0]) || d[0].mem.index != ZYDIS_REGISTER_NONE) return {};
  out.base = general(d[0].mem.base);
  out.imm = d[0].mem.disp.value;
  return out;
}

void effects_of(const Decoded& d, std::vector<Op>& ops) {
  if (repeats(d)) return repeated(d, ops);
  if (releases(d, ops)) return;
  if (d.insn.meta.category == ZYDIS_CATEGORY_CMOV) return chosen(d, ops);
  switch (d.insn.mnemonic) {
  case ZYDIS_MNEMONIC_MOV:
  case ZYDIS_MNEMONIC_MOVZX:
    return moved(d, ops);
  case ZYDIS_MNEMONIC_MOVSX:
  case ZYDIS_MNEMONIC_MOVSXD:
    return sign_extended(d, ops);
  case ZYDIS_MNEMONIC_SHL:
    return shifted(d, ops);
  case ZYDIS_MNEMONIC_LEA:
    return loaded_address(d, ops);
  case ZYDIS_MNEMONIC_ADD:
  case ZYDIS_MNEMONIC_SUB:
  case ZYDIS_MNEMONIC_INC:
  case ZYDIS_MNEMONIC_DEC:
    return arithmetic(d, ops);
  case ZYDIS_MNEMONIC_AND:
    return masked(d, ops);
  case ZYDIS_MNEMONIC_OR:
    return filled(d, ops);
  case ZYDIS_MNEMONIC_XOR:
    return zeroed(d, ops);
  case ZYDIS_MNEMONIC_TEST:
  case ZYDIS_MNEMONIC_CMP:
    return asked(d, ops);
  case ZYDIS_MNEMONIC_PUSH:
  case ZYDIS_MNEMONIC_PUSHFQ:
    return pushed(d, ops);
  case ZYDIS_MNEMONIC_POP:
  case ZYDIS_MNEMONIC_POPFQ:
    return popped(d, ops);
  case ZYDIS_MNEMONIC_LEAVE:
    return left(ops);
  default:
    return forget_writes(d, ops);
  }
}

} // namespace xs::x86
