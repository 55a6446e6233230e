// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// arm64: veneers. A module that is more than 128 MiB away from the kernel calls it through three instructions of its
// own, adrp x16; add x16, x16, #number; br x16, which have no symbol.
#include "arm64.hpp"

namespace xs::arm64 {

std::optional<uint64_t> veneer(std::span<const uint8_t> bytes, uint64_t address) {
  constexpr uint32_t kBti = 0xd503245f, kJump = 0xd61f0200;
  const auto word = [&](size_t index) {
    uint32_t out = 0;
    for (size_t i = kLength * index; i < kLength * (index + 1); i++)
      out |= static_cast<uint32_t>(i < bytes.size() ? bytes[i] : 0) << (8 * (i % kLength));
    return out;
  };
  const size_t first = word(0) == kBti ? 1 : 0; // bti c
  const uint32_t page = word(first), add = word(first + 1);
  if ((page & 0x9f00001f) != 0x90000010 || (add & 0xffc003ff) != 0x91000210 || word(first + 2) != kJump) return {};
  const uint32_t pages = (page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3);
  const int64_t distance = static_cast<int64_t>(static_cast<uint64_t>(pages) << 43) >> 31; // 21 bits, in pages of 4 KiB
  const uint64_t here = (address + kLength * first) & ~0xfffull;
  return here + static_cast<uint64_t>(distance) + (add >> 10 & 0xfff);
}

} // namespace xs::arm64
