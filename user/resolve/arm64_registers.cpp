// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: data processing between registers, and what floating point and SIMD do to general registers.
#include "arm64.hpp"

namespace xs::arm64 {
namespace {

constexpr uint32_t kFurthest = 6; // a scale of 64

bool logical(Word w, Effect& out) {
  constexpr uint32_t kOr = 1, kExclusive = 2, kAnds = 3;
  const uint32_t kind = w.get(29, 2), by = w.get(10, 6);
  const bool wide = w.wide(), inverted = w.bit(21), unshifted = by == 0;
  if (!wide && by > 31) return false;
  const Reg dst = w.reg(0), one = w.reg(5), two = w.reg(16);
  if (kind == kAnds) {
    if (one == two && unshifted && !inverted)
      out.compare(one, 0, wide);
    else
      out.flags();
  }
  if (kind == kOr && one == kZero && unshifted && !inverted) return out.move(dst, two, wide), true;
  if (kind == kOr && one == kZero && two == kZero && inverted) return out.constant(dst, ~uint64_t{0}, wide), true;
  if (kind == kExclusive && one == two && unshifted && !inverted) return out.constant(dst, 0, wide), true;
  if (kind != kExclusive && one == two && unshifted && !inverted) return out.move(dst, one, wide), true;
  out.forget(dst, wide);
  return true;
}

// dst = one +- two * 2^by
void sum(Word w, Effect& out, Reg dst, Reg one, Reg two, uint32_t by) {
  const bool minus = w.bit(30);
  if (!w.wide() || by > kFurthest) return out.forget(dst, w.wide());
  if (two == kZero) return out.move(dst, one, true);
  const int scale = 1 << by;
  out.add({.kind = Op::Kind::add,
           .dst = dst,
           .base = one == kZero ? kNoReg : one,
           .index = two,
           .scale = static_cast<int8_t>(minus ? -scale : scale)});
}

bool shifted_sum(Word w, Effect& out) {
  const bool sets = w.bit(29), wide = w.wide(), left = w.get(22, 2) == 0;
  const uint32_t by = w.get(10, 6);
  if (w.get(22, 2) == 3 || (!wide && by > 31)) return false;
  if (sets && w.reg(16) == kZero)
    out.compare(w.reg(5), 0, wide);
  else if (sets)
    out.flags();
  sum(w, out, w.reg(0), w.reg(5), w.reg(16), left || by == 0 ? by : kFurthest + 1);
  return true;
}

bool extended_sum(Word w, Effect& out) {
  const bool sets = w.bit(29);
  const uint32_t kind = w.get(13, 3), by = w.get(10, 3);
  if (w.get(22, 2) || by > 4) return false;
  if (sets) out.flags();
  const bool whole = (kind & 3) == 3;
  if (!whole && w.wide()) // the part of the register that counts
    out.add({.kind = Op::Kind::number, .dst = kScratch, .src = kind == 6 ? w.reg(16) : kNoReg});
  sum(w, out, sets ? w.reg(0) : w.reg_or_sp(0), w.reg_or_sp(5), whole ? w.reg(16) : kScratch, by);
  return true;
}

bool conditional_select(Word w, Effect& out) {
  const bool wide = w.wide(), plain = !w.bit(30) && w.get(10, 2) == 0;
  if (w.bit(29) || w.bit(11)) return false;
  const Reg dst = w.reg(0), one = w.reg(5), two = w.reg(16);
  if (!plain || !wide) return out.forget(dst, wide), true;
  if (dst == two) {
    out.add({.kind = Op::Kind::choose, .dst = dst, .src = one});
  } else {
    out.move(dst, one, true);
    out.add({.kind = Op::Kind::choose, .dst = dst, .src = two});
  }
  return true;
}

bool two_sources(Word w, Effect& out) {
  const uint32_t kind = w.get(10, 6);
  const bool wide = w.wide();
  if (w.bit(29)) { // subps
    if (kind != 0 || !wide) return false;
    out.flags();
    out.forget(w.reg(0), true);
    return true;
  }
  const bool divides = kind == 2 || kind == 3, shifts = kind >= 8 && kind <= 11, bounds = kind >= 24 && kind <= 27;
  const bool crc = kind >= 16 && kind <= 23 && (kind & 3) == 3 ? wide : kind >= 16 && kind <= 23 && !wide;
  const bool tags = wide && (kind == 0 || kind == 4 || kind == 5 || kind == 12);
  if (!divides && !shifts && !bounds && !crc && !tags) return false;
  out.forget(kind == 4 && tags ? w.reg_or_sp(0) : w.reg(0), wide && !crc);
  return true;
}

bool one_source(Word w, Effect& out) {
  const uint32_t group = w.get(16, 5), kind = w.get(10, 6);
  const bool wide = w.wide();
  if (w.bit(29)) return false;
  const bool signs = group == 1 && wide && (kind < 8 || (kind < 18 && w.get(5, 5) == 31));
  const bool bits = group == 0 && (kind < 6 ? kind != 3 || wide : kind < 9);
  if (!signs && !bits) return false;
  const bool narrow = bits && (kind == 4 || kind == 5);
  out.forget(w.reg(0), wide && !narrow);
  return true;
}

bool three_sources(Word w, Effect& out) {
  const uint32_t kind = w.get(21, 3);
  const bool wide = w.wide(), high = (kind & 3) == 2;
  if (w.get(29, 2) || (kind != 0 && !wide) || kind == 3 || kind == 4 || kind == 7 || (high && w.bit(15))) return false;
  out.forget(w.reg(0), wide);
  return true;
}

// With the carry; conditional comparisons; rotations into flags.
bool with_flags(Word w, Effect& out) {
  if (w.get(21, 4) == 2) { // ccmp, ccmn
    if (!w.bit(29) || w.bit(10) || w.bit(4)) return false;
    return out.flags(), true;
  }
  const uint32_t kind = w.get(10, 6);
  if (kind == 0) {
    if (w.bit(29)) out.flags();
    return out.forget(w.reg(0), w.wide()), true;
  }
  const bool rotates = w.is(0xffe07c10, 0xba000400), evaluates = w.is(0xffffbc1f, 0x3a00080d);
  if (!rotates && !evaluates) return false;
  return out.flags(), true;
}

// Whether umov or smov can move an element of that size.
bool is_element(Word w) {
  const uint32_t size = w.get(16, 4);
  const bool extends = !w.bit(12), quad = w.bit(30);
  if (!extends && quad) return size == 8;
  return size & 1 || (size & 3) == 2 || ((size & 7) == 4 && quad == extends);
}

// Between a general register and one of floating point.
bool is_conversion(Word w) {
  constexpr uint32_t kDouble = 1, kTop = 2, kHalf = 3;
  const uint32_t type = w.get(22, 2), kind = w.get(16, 3), mode = w.get(19, 2);
  if (type == kTop) return w.wide() && mode == 1 && kind >= 6;
  if (kind < 2) return true;
  if (kind < 6) return mode == 0;
  if (mode == 3) return kind == 6 && !w.wide() && type == kDouble;
  return mode == 0 && (type == kHalf || w.wide() == (type == kDouble));
}

} // namespace

bool registers(Word w, Effect& out) {
  const uint32_t kind = w.get(21, 4);
  if (!w.bit(28)) {
    if (!w.bit(24)) return logical(w, out);
    return w.bit(21) ? extended_sum(w, out) : shifted_sum(w, out);
  }
  if (w.bit(24)) return three_sources(w, out);
  if (kind == 0 || kind == 2) return with_flags(w, out);
  if (kind == 4) return conditional_select(w, out);
  if (kind == 6) return w.bit(30) ? one_source(w, out) : two_sources(w, out);
  return false;
}

// Those that write a general register: fmov, the conversions to integers, umov and smov. Others leave them alone, and
// are not looked at closer.
bool vector(Word w, Effect& out) {
  const bool converts = w.is(0x7f20fc00, 0x1e200000);
  if (converts) {
    const uint32_t kind = w.get(16, 3);
    if (!is_conversion(w)) return false;
    const bool to_general = kind < 2 || kind == 4 || kind == 5 || kind == 6;
    if (to_general) out.forget(w.reg(0), w.wide());
    return true;
  }
  if (w.is(0x7f200000, 0x1e000000)) { // fixed point
    const uint32_t kind = w.get(16, 3), mode = w.get(19, 2);
    if (w.get(22, 2) == 2 || (!w.wide() && !w.bit(15)) || kind > 3 || mode != (kind < 2 ? 3u : 0u)) return false;
    if (kind < 2) out.forget(w.reg(0), w.wide());
    return true;
  }
  const bool moves = w.is(0xbfe0fc00, 0x0e003c00) || w.is(0xbfe0fc00, 0x0e002c00); // umov, smov
  if (moves && !is_element(w)) return false;
  if (moves) out.forget(w.reg(0), w.bit(30));
  if (w.is(0xff20fc00, 0x1e202000) || w.is(0xff200c00, 0x1e200400)) out.flags(); // fcmp, fccmp
  return true;
}

} // namespace xs::arm64
