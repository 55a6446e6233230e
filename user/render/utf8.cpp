// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes UTF-8.
#include "utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace xs {
namespace {

struct Range {
  char32_t first, last;
};

constexpr Range kSteering[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c}, // Arabic letter mark
    {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
};

// By the number of bytes: the least code that needs so many.
constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};

} // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {1, first};
  const size_t size = first >= 0xf8 || first < 0xc0 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (!size || size > text.size()) return {};
  char32_t code = first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; i++) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[size] || code > 0x10ffff || surrogate) return {};
  return {size, code};
}

size_t broken_size(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const uint8_t first = byte(0), second = byte(1);
  if (first < 0xe0 || first > 0xf4) return 1; // at most one more would follow
  const uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 1;
  return first >= 0xf0 && (byte(2) & 0xc0) == 0x80 ? 3 : 2;
}

bool steers(char32_t code) {
  return std::ranges::any_of(kSteering, [code](const Range& r) { return r.first <= code && code <= r.last; });
}

} // namespace xs
