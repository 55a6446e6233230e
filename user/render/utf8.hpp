// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes UTF-8, and finds characters that control a terminal. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace xs {

struct Character {
  size_t size = 0; // bytes; 0: the text does not begin with a valid character
  char32_t code = 0;
};
// The first character of the text.
Character first_character(std::string_view text);
// If the text does not begin with a valid character: the bytes that one replacement character stands for.
size_t broken_size(std::string_view text);

// True for characters that are invisible but control a terminal or the order of others: controls (C0, DEL, C1), marks,
// embeddings, overrides and isolates of the writing direction, separators of lines and paragraphs.
bool steers(char32_t code);

} // namespace xs
