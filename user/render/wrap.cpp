// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Breaks lines.
#include "wrap.hpp"

#include <algorithm>

namespace xs {
namespace {

// Bytes up to the end of the escape sequence or character that the text begins with.
size_t step(std::string_view text) {
  if (text.starts_with("\x1b[")) return std::min(text.find('m'), text.size() - 1) + 1;
  size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    size++;
  return size;
}

} // namespace

size_t columns(std::string_view text) {
  size_t out = 0;
  while (!text.empty()) {
    out += text[0] != '\x1b';
    text.remove_prefix(step(text));
  }
  return out;
}

std::string wrap(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t at = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const size_t size = columns(word);
    const bool first = out.empty();
    if (!first && width && at + 1 + size > width) {
      out += "\n" + std::string(indent, ' ');
      at = indent;
    } else if (!first) {
      out += ' ';
      at++;
    }
    out += word;
    at += size;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out;
}

std::string cut(std::string_view text, size_t width) {
  if (!width || columns(text) <= width) return std::string(text);
  std::string out;
  for (size_t at = 0; at < width && !text.empty();) {
    const size_t size = step(text);
    at += text[0] != '\x1b';
    out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

} // namespace xs
