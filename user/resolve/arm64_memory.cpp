// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: loads, stores and atomics.
#include "arm64.hpp"

namespace xs::arm64 {
namespace {

// Where an instruction accesses memory, and what becomes of the register that says so.
struct Address {
  enum class Mode : uint8_t { offset, before, after }; // the register moves before or after the access, or not at all
  Reg base;
  int64_t imm = 0;
  Mode mode = Mode::offset;
  Reg index = kNoReg;
  int8_t scale = 1;
};

Op at(Op::Kind kind, const Address& a, uint16_t size, int64_t further = 0) {
  return {.kind = kind,
          .base = a.base,
          .index = a.index,
          .scale = a.scale,
          .size = size,
          .imm = (a.mode == Address::Mode::offset ? a.imm : 0) + further};
}

void load(Effect& out, Reg dst, const Address& a, uint16_t size, int64_t further = 0) {
  Op op = at(Op::Kind::load, a, size, further);
  op.dst = dst;
  out.add(op);
}

void store(Effect& out, Reg src, const Address& a, uint16_t size, int64_t further = 0) {
  Op op = at(Op::Kind::store, a, size, further);
  op.src = src;
  out.add(op);
}

// Surrounds an access by what becomes of its base.
template <class Access> void with_base(Effect& out, const Address& a, Access&& access) {
  if (a.mode == Address::Mode::before) out.sum(a.base, a.base, a.imm);
  access();
  if (a.mode == Address::Mode::after) out.sum(a.base, a.base, a.imm);
}

constexpr Address::Mode kPairModes[]{Address::Mode::offset, Address::Mode::after, Address::Mode::offset,
                                     Address::Mode::before};

bool pair(Word w, Effect& out) {
  const uint32_t kind = w.get(30, 2), mode = w.get(23, 2);
  const bool simd = w.bit(26), loads = w.bit(22), tagged = !simd && kind == 1 && !loads, words = kind == 1 && !simd;
  if (kind == 3 || (words && mode == 0)) return false;
  const uint16_t size = static_cast<uint16_t>(simd ? 4 << kind : kind == 2 || tagged ? 8 : 4);
  const int64_t imm = w.signed_get(15, 7) * (tagged ? 16 : size);
  const Address a{.base = w.reg_or_sp(5), .imm = imm, .mode = kPairModes[mode]};
  const Reg one = w.reg(0), two = w.reg(10);
  const bool moves = a.mode != Address::Mode::offset;
  if (words && loads && (one == two || (moves && (one == a.base || two == a.base)))) return false;
  with_base(out, a, [&] {
    if (simd || !loads) {
      if (!loads) store(out, simd ? kNoReg : one, a, size);
      if (!loads) store(out, simd ? kNoReg : two, a, size, size);
      return;
    }
    if (one == a.base) { // the second one is loaded from the same place
      load(out, two, a, size, size);
      load(out, one, a, size);
    } else {
      load(out, one, a, size);
      load(out, two, a, size, size);
    }
    if (!words) return;
    out.add({.kind = Op::Kind::number, .dst = one, .src = one});
    out.add({.kind = Op::Kind::number, .dst = two, .src = two});
  });
  return true;
}

// One register at an address.
bool single(Word w, Effect& out, const Address& a) {
  const uint32_t size_field = w.get(30, 2), kind = w.get(22, 2);
  if (w.bit(26)) {
    if ((kind & 2) && size_field) return false;
    const uint16_t size = static_cast<uint16_t>(kind & 2 ? 16 : 1 << size_field);
    with_base(out, a, [&] {
      if (!(kind & 1)) store(out, kNoReg, a, size);
    });
    return true;
  }
  const auto size = static_cast<uint16_t>(1 << size_field);
  const Reg reg = w.reg(0);
  if (kind >= 2 && size_field == 3) return kind == 2 && a.mode == Address::Mode::offset; // prfm
  if (kind == 3 && size_field == 2) return false;
  if (size == 1 && a.index == kNoReg) out.insn().byte_at = a.mode == Address::Mode::after ? 0 : a.imm;
  with_base(out, a, [&] {
    if (kind == 0) return store(out, reg, a, size);
    load(out, reg, a, size);
    if (kind == 2 && size == 4) out.add({.kind = Op::Kind::number, .dst = reg, .src = reg});
  });
  return true;
}

// [base, index, extended and shifted]
bool indexed(Word w, Effect& out) {
  const uint32_t extension = w.get(13, 3), size_field = w.get(30, 2);
  if (!(extension & 2)) return false;
  Address a{.base = w.reg_or_sp(5), .index = w.reg(16)};
  const bool quad = w.bit(26) && w.bit(23);
  if (w.bit(12)) a.scale = static_cast<int8_t>(1 << (quad ? 4 : size_field));
  if (extension == 2 || extension == 6) { // of 32 bits
    out.add({.kind = Op::Kind::number, .dst = kScratch, .src = extension == 6 ? a.index : kNoReg});
    a.index = kScratch;
  }
  if (a.index == kZero) a.index = kNoReg;
  return single(w, out, a);
}

// Reads, changes and writes memory at once; the old value ends up in a register.
void atomic(Effect& out, Reg old, Reg base, uint16_t size) {
  store(out, kNoReg, {.base = base}, size);
  out.forget(old, size == 8);
}

// 64 bytes at once: ld64b, st64b, st64bv, st64bv0, by eight registers.
bool block(Word w, Effect& out) {
  constexpr uint32_t kStore = 9, kLoad = 13;
  const uint32_t kind = w.get(12, 4), first = w.get(0, 5);
  const bool plain = kind == kStore || kind == kLoad;
  if (w.get(30, 2) != 3 || w.get(22, 2) || (!plain && kind != 10 && kind != 11)) return false;
  if (plain && (w.get(16, 5) != 31 || first > 22 || first % 2)) return false;
  for (Reg r = 0; kind == kLoad && r < 8; r++)
    out.forget(static_cast<Reg>(first + r), true);
  if (kind != kLoad) store(out, kNoReg, {.base = w.reg_or_sp(5)}, 64);
  if (!plain) out.forget(w.reg(16), true);
  return true;
}

bool atomic_memory(Word w, Effect& out) {
  constexpr uint32_t kAdd = 0, kSwap = 8, kLoad = 12;
  const uint32_t kind = w.get(12, 4), size_field = w.get(30, 2);
  const auto size = static_cast<uint16_t>(1 << size_field);
  const Reg base = w.reg_or_sp(5), by = w.reg(16), old = w.reg(0);
  if (w.bit(26)) return false;
  if (kind == kLoad) { // ldapr
    if (!w.bit(23) || w.bit(22) || w.get(16, 5) != 31) return false;
    return load(out, old, {.base = base}, size), true;
  }
  if (kind > kSwap) return block(w, out);
  if (kind == kAdd && size == 4) out.add({.kind = Op::Kind::release, .base = base, .src = by});
  atomic(out, old, base, size);
  return true;
}

// Exclusive and ordered accesses, and compare and swap.
bool exclusive(Word w, Effect& out) {
  const auto size = static_cast<uint16_t>(1 << w.get(30, 2));
  const bool second = w.bit(23), loads = w.bit(22), third = w.bit(21);
  const Reg base = w.reg_or_sp(5), status = w.reg(16), reg = w.reg(0), other = w.reg(10);
  const bool none = w.get(10, 5) == 31;
  if (second && !third && loads && w.bit(15) && (!none || w.get(16, 5) != 31)) return false; // ldar
  if (second && third) {                                                                     // cas
    if (!none) return false;
    return atomic(out, status, base, size), true;
  }
  if (third && !w.bit(31)) { // casp
    if (!none || w.bit(16) || w.bit(0)) return false;
    const auto part = static_cast<uint16_t>(w.bit(30) ? 8 : 4);
    atomic(out, status, base, static_cast<uint16_t>(2 * part));
    out.forget(static_cast<Reg>(w.get(16, 5) + 1) == 31 ? kZero : static_cast<Reg>(w.get(16, 5) + 1), true);
    return true;
  }
  const auto part = third ? static_cast<uint16_t>(w.bit(30) ? 8 : 4) : size;
  if (loads) {
    if (third && other == base) load(out, other, {.base = base}, part, part);
    load(out, reg, {.base = base}, part);
    if (third && other != base) load(out, other, {.base = base}, part, part);
    return true;
  }
  const bool sure = second; // stlr; an exclusive store may fail
  store(out, sure ? reg : kNoReg, {.base = base}, static_cast<uint16_t>(third ? 2 * part : part));
  if (!sure) out.forget(status, false);
  return true;
}

bool literal(Word w, Effect& out) {
  const uint32_t kind = w.get(30, 2);
  if (w.bit(26)) return kind != 3;
  if (kind == 3) return true; // prfm
  const Reg dst = w.reg(0);
  out.add({.kind = Op::Kind::load, .dst = dst, .size = static_cast<uint16_t>(kind == 1 ? 8 : 4)});
  if (kind == 2) out.forget(dst, true);
  return true;
}

// Copies and fills of memory.
bool copies(Word w) {
  return w.get(30, 2) == 0 && !w.bit(21) && w.get(10, 2) == 1;
}

bool is_valid_copy(Word w) {
  const uint32_t to = w.get(0, 5), count = w.get(5, 5), from = w.get(16, 5);
  const bool sets = w.get(22, 2) == 3;
  if (sets && w.get(14, 2) == 3) return false;
  return to != 31 && count != 31 && (sets || from != 31) && to != count && to != from && count != from;
}

// Tags of memory, copies and fills by one instruction, and accesses that are ordered with an offset.
bool extension(Word w, Effect& out) {
  const Reg base = w.reg_or_sp(5);
  if (!w.bit(21) && w.get(10, 2) == 0) return single(w, out, {.base = base, .imm = w.signed_get(12, 9)});
  if (copies(w) && !is_valid_copy(w)) return false;
  if (copies(w)) { // cpy, set: the pointers and the count move
    out.add({.kind = Op::Kind::fill, .base = w.reg(0), .src = w.reg(5), .size = 1});
    for (const int field : {0, 5, 16})
      if (field != 16 || w.get(22, 2) != 3) out.forget(w.reg(field), true);
    return true;
  }
  if (w.get(24, 8) != 0xd9 || !w.bit(21)) return false;
  const uint32_t kind = w.get(22, 2), mode = w.get(10, 2);
  if (mode == 0) { // ldg, and those for a whole block
    if (kind == 1 || kind == 3) out.forget(w.reg(0), true);
    if (kind == 0) store(out, kNoReg, {.base = base}, 256);
    return kind == 1 || w.get(12, 9) == 0;
  }
  if (kind == 1 || kind == 3) store(out, kNoReg, {.base = base, .imm = mode == 1 ? 0 : w.signed_get(12, 9) * 16}, 32);
  if (mode != 2) out.sum(base, base, w.signed_get(12, 9) * 16);
  return true;
}

// Whether a part of a register, or one value for all of them, can be loaded or stored so.
bool is_single_structure(Word w) {
  const uint32_t kind = w.get(14, 2), size = w.get(10, 2);
  if (kind == 3) return w.bit(22) && !w.bit(12);
  if (kind == 1) return !(size & 1);
  return kind == 0 || size == 0 || (size == 1 && !w.bit(12));
}

// SIMD structures.
bool structure(Word w, Effect& out) {
  const bool moves = w.bit(23), loads = w.bit(22);
  const Reg base = w.reg_or_sp(5);
  constexpr uint32_t kKinds = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10;
  if (!w.bit(24) && w.get(10, 2) == 3 && !w.bit(30) && !(w.get(12, 4) & 3)) return false; // of one element each
  if (w.bit(24) ? !is_single_structure(w) : !(kKinds >> w.get(12, 4) & 1)) return false;
  if (w.bit(31) || (!moves && w.get(16, 5) && !w.bit(24)) || (!w.bit(24) && w.bit(21))) return false;
  if (!loads) store(out, kNoReg, {.base = base}, 64);
  if (moves) out.forget(base, true);
  return true;
}

// The address authenticated first, as in ldraa.
bool authenticated(Word w, Effect& out) {
  if (w.get(30, 2) != 3 || w.bit(26)) return false;
  const int64_t imm = (w.signed_get(12, 9) + (w.bit(22) ? (w.bit(20) ? -512 : 512) : 0)) * 8;
  static_cast<void>(imm); // which of the objects is behind a signed address is not followed
  if (w.bit(11)) out.forget(w.reg_or_sp(5), true);
  out.forget(w.reg(0), true);
  return true;
}

bool one_register(Word w, Effect& out) {
  using Mode = Address::Mode;
  const Reg base = w.reg_or_sp(5);
  if (w.bit(24)) {
    const bool quad = w.bit(26) && w.bit(23);
    return single(w, out, {.base = base, .imm = static_cast<int64_t>(w.get(10, 12)) << (quad ? 4 : w.get(30, 2))});
  }
  const uint32_t mode = w.get(10, 2);
  if (w.bit(21)) return mode == 0 ? atomic_memory(w, out) : mode == 2 ? indexed(w, out) : authenticated(w, out);
  if (mode == 2 && w.bit(26)) return false;
  if (mode == 2 && w.get(30, 2) == 3 && w.bit(23)) return false;
  constexpr Mode kModes[]{Mode::offset, Mode::after, Mode::offset, Mode::before};
  return single(w, out, {.base = base, .imm = w.signed_get(12, 9), .mode = kModes[mode]});
}

} // namespace

bool memory(Word w, Effect& out) {
  switch (w.get(27, 3) << 1 | w.get(24, 1)) {
  case 0x2: // xx00 1.00
    return w.bit(26) ? structure(w, out) : exclusive(w, out);
  case 0x3:
    return w.bit(26) && structure(w, out);
  case 0x6:
    return literal(w, out);
  case 0x7:
    return (!w.bit(26) || copies(w)) && extension(w, out);
  case 0xa:
  case 0xb:
    return pair(w, out);
  case 0xe:
  case 0xf:
    return one_register(w, out);
  default:
    return false;
  }
}

} // namespace xs::arm64
