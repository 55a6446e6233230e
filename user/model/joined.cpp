// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Joins words into one text.
#include "joined.hpp"

namespace xs {

std::string joined(std::span<const std::string> words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (&word != &words.front()) out += between;
    out += word;
  }
  return out;
}

} // namespace xs
