// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes arm64 instructions: which group of encodings a word belongs to, and where its branches lead to.
#include "arm64.hpp"

#include <cstring>

namespace xs {
namespace arm64 {
namespace {

constexpr std::array<Reg, 8> kArguments{0, 1, 2, 3, 4, 5, 6, 7};
constexpr std::array<Reg, 20> kClobbered{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, kLink};

constexpr uint32_t kNop = 0xd503201f;

using Condition = Insn::Condition;
constexpr std::array<Condition, 16> kConditions{
    Condition::equal,    Condition::unequal,      Condition::not_below, Condition::below,
    Condition::negative, Condition::not_negative, Condition::other,     Condition::other,
    Condition::above,    Condition::not_above,    Condition::not_less,  Condition::less,
    Condition::greater,  Condition::not_greater,  Condition::other,     Condition::other};

void branch(Effect& out, Condition condition, int64_t words) {
  Insn& insn = out.insn();
  insn.flow = Insn::Flow::branch;
  insn.condition = condition;
  insn.target = insn.address + static_cast<uint64_t>(4 * words);
}

// cbz, cbnz
void on_zero(Word w, Effect& out) {
  out.compare(w.reg(0), 0, w.wide());
  out.insn().sets_flags = false;
  branch(out, w.bit(24) ? Condition::unequal : Condition::equal, w.signed_get(5, 19));
}

// tbz, tbnz: of the highest bit, they ask for the sign.
void on_bit(Word w, Effect& out) {
  const uint32_t bit = w.get(31, 1) << 5 | w.get(19, 5);
  const bool sign = bit == 31 || bit == 63, set = w.bit(24);
  if (sign && w.reg(0) != kZero)
    out.insn().compared = Compared{.reg = w.reg(0), .size = static_cast<uint16_t>(bit == 63 ? 8 : 4)};
  branch(out, !sign ? Condition::other : set ? Condition::negative : Condition::not_negative, w.signed_get(5, 14));
}

// svc, hvc, smc, brk, hlt
bool exception(Word w, Effect& out) {
  constexpr uint32_t kKprobe = 4, kKprobeStep = 6;
  const uint32_t kind = w.get(21, 3), level = w.get(0, 5);
  if (kind == 0 && level >= 1 && level <= 3) {
    for (Reg r = 0; r <= 17; r++)
      out.forget(r, true);
    return true;
  }
  if (kind == 1 && level == 0) {
    const uint32_t number = w.get(5, 16);
    if (number != kKprobe && number != kKprobeStep) return true; // WARN goes on behind it
    out.insn().padding = true;
    out.insn().flow = Insn::Flow::end;
    return true;
  }
  if ((kind == 2 && level == 0) || (kind == 5 && level >= 1 && level <= 3)) {
    out.insn().flow = Insn::Flow::end;
    return true;
  }
  return false;
}

// xpaclri, pacia1716 and the like write x17 or the link register, which are not followed.
bool hint(Word w, Effect& out) {
  out.insn().padding = out.insn().patchable = w.bits == kNop;
  return true;
}

bool system(Word w, Effect& out) {
  if (w.is(0xfffff01f, 0xd503201f)) return hint(w, out);
  if (w.is(0xffffffe0, 0xd5031000) || w.is(0xffffffe0, 0xd5031020)) return true;      // wfet, wfit
  if (w.is(0xfffff01f, 0xd503301f)) return w.get(5, 3) == 2 || w.get(5, 3) >= 4;      // clrex and barriers
  if (w.is(0xfffff0ff, 0xd503303f)) return true;                                      // dsb with nXS
  if (w.is(0xfff8f01f, 0xd500401f)) return out.flags(), true;                         // msr to a field, cfinv
  if (w.is(0xfff80000, 0xd5080000)) {                                                 // sys
    const bool zeroes = w.is(0xffffffe0, 0xd50b7420) || w.is(0xffffffe0, 0xd50b7480); // dc zva, dc gzva
    if (zeroes) out.add({.kind = Op::Kind::store, .base = w.reg(0), .size = 2048, .imm = -2048});
    if (zeroes) out.add({.kind = Op::Kind::store, .base = w.reg(0), .size = 2048});
    return true;
  }
  if (w.is(0xfff80000, 0xd5280000)) return out.forget(w.reg(0), true), true;                  // sysl
  if (w.is(0xfff00000, 0xd5100000) || w.is(0xfff80000, 0xd5000000)) return out.flags(), true; // msr, perhaps to nzcv
  if (w.is(0xfff00000, 0xd5300000) || w.is(0xfff80000, 0xd5200000)) return out.forget(w.reg(0), true), true; // mrs
  return false;
}

// br, blr, ret, eret, and those that authenticate the address first.
bool by_register(Word w, Effect& out) {
  using Flow = Insn::Flow;
  Insn& insn = out.insn();
  const uint32_t kind = w.get(21, 4), low = w.get(0, 5), modifier = w.get(10, 6);
  if (w.get(16, 5) != 31) return false;
  const bool plain = modifier == 0 && low == 0, keyed = modifier == 2 || modifier == 3;
  if (kind == 0 || kind == 8) insn.flow = Flow::jump;
  if (kind == 1 || kind == 9) insn.flow = Flow::call;
  if (kind == 2 || kind == 4) insn.flow = Flow::end;
  if (kind == 8 || kind == 9) return keyed;
  if (kind == 0 || kind == 1) return plain || (keyed && low == 31);
  if (kind == 2) return plain || (keyed && low == 31 && w.get(5, 5) == 31);
  if (kind == 4 || kind == 5) { // eret, drps
    insn.flow = Flow::end;
    return w.get(5, 5) == 31 && (plain || (kind == 4 && keyed && low == 31));
  }
  return false;
}

} // namespace

bool control(Word w, Effect& out) {
  if (w.is(0x7c000000, 0x14000000)) {
    Insn& insn = out.insn();
    insn.flow = w.bit(31) ? Insn::Flow::call : Insn::Flow::jump;
    insn.target = insn.address + static_cast<uint64_t>(4 * w.signed_get(0, 26));
    return true;
  }
  if (w.is(0x7e000000, 0x34000000)) return on_zero(w, out), true;
  if (w.is(0x7e000000, 0x36000000)) return on_bit(w, out), true;
  if (w.is(0xff000000, 0x54000000)) return branch(out, kConditions[w.get(0, 4)], w.signed_get(5, 19)), true;
  if (w.is(0xff000000, 0xd4000000)) return w.get(2, 3) == 0 && exception(w, out);
  if (w.is(0xffc00000, 0xd5000000)) return system(w, out);
  if (w.is(0xfe000000, 0xd6000000)) return by_register(w, out);
  return false;
}

void Effect::compare(Reg reg, int64_t number, bool wide) {
  flags();
  if (reg == kZero || number < INT32_MIN || number > INT32_MAX) return;
  insn_.compared =
      Compared{.reg = reg, .size = static_cast<uint16_t>(wide ? 8 : 4), .number = static_cast<int32_t>(number)};
  if (wide && (number == 0 || bounds_errors(number)))
    add({.kind = Op::Kind::test, .dst = reg, .size = static_cast<uint16_t>(number == 0 ? 0 : 8)});
}

namespace {

bool any(Word w, Effect& out) {
  switch (w.get(25, 4)) {
  case 0x8:
  case 0x9:
    return immediate(w, out);
  case 0xa:
  case 0xb:
    return control(w, out);
  case 0x4:
  case 0x6:
  case 0xc:
  case 0xe:
    return memory(w, out);
  case 0x5:
  case 0xd:
    return registers(w, out);
  case 0x7:
  case 0xf:
    return vector(w, out);
  default: // SVE and SME, which the kernel uses to save and restore alone, and what is reserved
    return false;
  }
}

std::optional<Insn> decode(std::span<const uint8_t> code, uint64_t address) {
  if (code.size() < kLength || address % kLength) return {};
  Word w;
  std::memcpy(&w.bits, code.data(), kLength);
  Insn insn;
  insn.address = address;
  insn.length = kLength;
  Effect out(insn);
  if (!any(w, out)) return {};
  return insn;
}

} // namespace
} // namespace arm64

const Arch& aarch64() {
  static const Arch arch{.processor = Processor::arm64,
                         .decode = arm64::decode,
                         .joined = arm64::joined,
                         .raises = arm64::raises,
                         .ruled_out = arm64::ruled_out,
                         .refused_behind = arm64::refused_behind,
                         .veneer = arm64::veneer,
                         .arguments = arm64::kArguments,
                         .clobbered = arm64::kClobbered,
                         .result = 0,
                         .stack = arm64::kStack,
                         .link = arm64::kLink,
                         .zero = arm64::kZero,
                         .scratch = arm64::kScratch,
                         .step = arm64::kLength,
                         .stack_arguments = 0};
  return arch;
}

} // namespace xs
