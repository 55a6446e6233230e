// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Characters of UTF-8, and which of them a terminal obeys. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace xs {

struct Character {
  size_t size = 0; // bytes; 0: the text does not begin with a valid character
  char32_t code = 0;
};
// The one that the text begins with.
Character first_character(std::string_view text);
// Where it begins with none: how many bytes one replacement character stands for, 1 or as many as could begin one.
size_t broken_size(std::string_view text);

// Whether it shows nothing, but changes what a terminal does or in which order it shows the others: controls (C0, DEL,
// C1), marks, embeddings, overrides and isolates of the writing direction, separators of lines and paragraphs.
bool steers(char32_t code);

} // namespace xs
