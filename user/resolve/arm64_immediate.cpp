// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: data processing with an immediate.
#include "arm64.hpp"

#include <bit>

namespace xs::arm64 {
namespace {

bool page_address(Word w, Effect& out) {
  const int64_t distance = w.signed_get(5, 19) * 4 + w.get(29, 2);
  const uint64_t at = out.insn().address;
  const uint64_t page = (at & ~uint64_t{0xfff}) + (static_cast<uint64_t>(distance) << 12);
  out.constant(w.reg(0), w.bit(31) ? page : at + static_cast<uint64_t>(distance), true);
  return true;
}

bool sum(Word w, Effect& out) {
  const bool minus = w.bit(30), sets = w.bit(29), wide = w.wide();
  const int64_t imm = static_cast<int64_t>(w.get(10, 12)) << (w.bit(22) ? 12 : 0), by = minus ? -imm : imm;
  const Reg base = w.reg_or_sp(5), dst = sets ? w.reg(0) : w.reg_or_sp(0);
  if (sets) out.compare(base, -by, wide);
  if (!wide)
    imm == 0 ? out.move(dst, base, false) : out.forget(dst, false);
  else if (imm == 0)
    out.move(dst, base, true);
  else
    out.sum(dst, base, by);
  return true;
}

// addg and subg of the tagging extension; smax, umax, smin, umin.
bool extension(Word w, Effect& out) {
  const bool tags = w.is(0xbfc0c000, 0x91800000), bounds = w.is(0x7ff00000, 0x11c00000) && w.get(18, 2) < 4;
  if (tags) out.forget(w.reg_or_sp(0), true);
  if (bounds) out.forget(w.reg(0), w.wide());
  return tags || bounds;
}

bool logical(Word w, Effect& out) {
  constexpr uint32_t kAnd = 0, kOr = 1, kAnds = 3;
  const uint32_t kind = w.get(29, 2);
  const auto bits = mask(w.wide(), w.bit(22), w.get(16, 6), w.get(10, 6));
  if (!bits) return false;
  const Reg src = w.reg(5), dst = kind == kAnds ? w.reg(0) : w.reg_or_sp(0);
  if (kind == kAnds) out.flags();
  if (kind == kOr && src == kZero) {
    out.constant(dst, *bits, w.wide());
  } else if (kind == kAnd || kind == kAnds) {
    out.move(dst, src, w.wide());
    out.add({.kind = Op::Kind::mask, .dst = dst, .imm = static_cast<int64_t>(*bits)});
  } else {
    out.forget(dst, w.wide());
  }
  return true;
}

bool wide_move(Word w, Effect& out) {
  constexpr uint32_t kNot = 0, kZeroing = 2, kKeeping = 3;
  const uint32_t kind = w.get(29, 2), part = w.get(21, 2);
  if (kind == 1 || (!w.wide() && part > 1)) return false;
  const uint64_t imm = static_cast<uint64_t>(w.get(5, 16)) << (16 * part);
  if (kind == kNot) out.constant(w.reg(0), ~imm, w.wide());
  if (kind == kZeroing) out.constant(w.reg(0), imm, w.wide());
  if (kind == kKeeping) out.forget(w.reg(0), w.wide());
  return true;
}

// A part of a register, moved and extended.
bool field(Word w, Effect& out) {
  constexpr uint32_t kSigned = 0, kInsert = 1;
  const uint32_t kind = w.get(29, 2), rotate = w.get(16, 6), last = w.get(10, 6);
  const bool wide = w.wide();
  if (kind == 3 || w.bit(22) != wide || (!wide && (rotate > 31 || last > 31))) return false;
  const Reg dst = w.reg(0), src = w.reg(5);
  if (kind == kInsert) return out.forget(dst, wide), true;
  if (kind == kSigned && rotate == 0 && last == 31 && wide) { // sxtw
    out.add({.kind = Op::Kind::number, .dst = dst, .src = src});
    return true;
  }
  const uint32_t left = 64 - rotate; // lsl
  if (kind != kSigned && wide && rotate && last + 1 == rotate && left <= 3) {
    out.add({.kind = Op::Kind::add, .dst = dst, .index = src, .scale = static_cast<int8_t>(1 << left)});
    return true;
  }
  const uint32_t bits = last >= rotate ? last - rotate + 1 : last + 1 + 64 - rotate;
  out.forget(dst, wide && bits > 32);
  return true;
}

bool extract(Word w, Effect& out) {
  const bool wide = w.wide();
  if (w.get(29, 2) || w.bit(21) || w.bit(22) != wide || (!wide && w.bit(15))) return false;
  out.forget(w.reg(0), wide);
  return true;
}

} // namespace

std::optional<uint64_t> mask(bool wide, bool n, uint32_t rotate, uint32_t ones) {
  if (!wide && n) return {};
  const uint32_t pattern = (n ? 64u : 0u) | (~ones & 0x3f);
  if (pattern < 2) return {};
  const int length = std::bit_width(pattern) - 1;
  const uint32_t size = 1u << length, levels = size - 1;
  if ((ones & levels) == levels) return {};
  const uint32_t count = (ones & levels) + 1, by = rotate & levels;
  const uint64_t all = size == 64 ? ~uint64_t{0} : (uint64_t{1} << size) - 1;
  uint64_t element = (uint64_t{1} << count) - 1; // count < size
  if (by) element = (element >> by | element << (size - by)) & all;
  for (uint32_t done = size; done < 64; done *= 2)
    element |= element << done;
  return wide ? element : element & 0xffffffff;
}

bool immediate(Word w, Effect& out) {
  switch (w.get(23, 3)) {
  case 0:
  case 1:
    return page_address(w, out);
  case 2:
    return sum(w, out);
  case 3:
    return extension(w, out);
  case 4:
    return logical(w, out);
  case 5:
    return wide_move(w, out);
  case 6:
    return field(w, out);
  default:
    return extract(w, out);
  }
}

} // namespace xs::arm64
