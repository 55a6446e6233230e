// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: veneers. A module that is more than 128 MiB away from the kernel calls it through three instructions of its
// own, adrp x16; add x16, x16, #number; br x16, which have no symbol.
#include "arm64.hpp"

#include <algorithm>

namespace xs::arm64 {

std::optional<uint64_t> veneer(std::span<const uint8_t> bytes, uint64_t address) {
  constexpr uint32_t kBti = 0xd503245f, kJump = 0xd61f0200;
  const auto word = [&](size_t index) { return Word{word_of(bytes.subspan(std::min(kLength * index, bytes.size())))}; };
  const size_t first = word(0).bits == kBti ? 1 : 0; // bti c
  const Word page = word(first), add = word(first + 1);
  if (!page.is(0x9f00001f, 0x90000010) || !add.is(0xffc003ff, 0x91000210) || word(first + 2).bits != kJump) return {};
  const int64_t pages = page.signed_get(5, 19) * 4 + page.get(29, 2); // of 4 KiB
  const uint64_t here = (address + kLength * first) & ~0xfffull;
  return here + static_cast<uint64_t>(pages * 4096) + add.get(10, 12);
}

} // namespace xs::arm64
