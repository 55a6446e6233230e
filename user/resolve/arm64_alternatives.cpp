// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: each atomic of the kernel is in its text twice, as one instruction and as a loop of an exclusive load and
// store. At boot the kernel makes a branch between the two for good: the one that this processor does without is never
// run.
#include "arm64.hpp"

#include <algorithm>
#include <cstring>

namespace xs::arm64 {
namespace {

constexpr int kNear = 8; // instructions before an atomic that set its operands up

Word word_at(std::span<const uint8_t> code, size_t at) {
  Word w;
  if (at + kLength <= code.size()) std::memcpy(&w.bits, code.data() + at, kLength);
  return w;
}

bool is_one_instruction(Word w) {
  const bool swaps = w.is(0x3fa07c00, 0x08a07c00) || w.is(0xbfa07c00, 0x08207c00); // cas, casp
  return swaps || w.is(0x3f208c00, 0x38200000) || w.is(0x3f20fc00, 0x38208000);    // ldadd and the like, swp
}

bool starts_loop(Word prefetch, Word load) {
  const bool exclusive = load.is(0x3fe00000, 0x08400000) || load.is(0xbfe00000, 0x88600000); // also of a pair
  return prefetch.is(0xfffffc1f, 0xf9800011) && exclusive;
}

enum class Atomic : uint8_t { none, instruction, loop };

// The atomic that straight code leads to.
Atomic atomic_behind(const KernelImage& image, uint64_t at) {
  const auto code = image.code(at);
  for (size_t i = 0; i < kNear; i++) {
    const Word w = word_at(code, i * kLength);
    if (is_one_instruction(w)) return Atomic::instruction;
    if (starts_loop(w, word_at(code, (i + 1) * kLength))) return Atomic::loop;
    const auto insn = aarch64().decode(code.subspan(std::min(i * kLength, code.size())), at + i * kLength);
    if (!insn || insn->flow != Insn::Flow::next) return Atomic::none;
  }
  return Atomic::none;
}

bool has_instruction(std::span<const uint8_t> text) {
  for (size_t at = 0; at + kLength <= text.size(); at += kLength)
    if (is_one_instruction(word_at(text, at))) return true;
  return false;
}

} // namespace

bool ruled_out(const KernelImage& image, const Symbol& function, uint64_t at) {
  const Atomic found = atomic_behind(image, at);
  if (found == Atomic::loop) return has_instruction(image.code(function.address));
  if (found == Atomic::none || at == function.address) return false;
  const auto before = aarch64().decode(image.code(at - kLength), at - kLength);
  const bool jumps = before && before->flow == Insn::Flow::jump && before->target;
  return jumps && atomic_behind(image, *before->target) == Atomic::loop;
}

} // namespace xs::arm64
