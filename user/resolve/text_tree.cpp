// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads and writes strings of JSON.
#include "text_tree.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace xs {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\t')
      out += "\\t";
    else if (c >= 0 && c < ' ')
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      out += c;
  }
  return out + '"';
}

bool TextTree::take(char c) {
  left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n\r"), left_.size()));
  if (!left_.starts_with(c)) return false;
  left_.remove_prefix(1);
  return true;
}

// Of the escapes those that an image needs.
bool TextTree::string(std::string& out) {
  out.clear();
  if (!take('"')) return false;
  while (!left_.starts_with('"')) {
    const bool escaped = left_.starts_with('\\');
    if (left_.size() < 2) return false;
    const char c = left_[escaped];
    left_.remove_prefix(1 + escaped);
    if (escaped && c != 't' && c != '"' && c != '\\' && c != '/') return false;
    if (c >= 0 && c < ' ') return false;
    out += escaped && c == 't' ? '\t' : c;
  }
  return take('"');
}

bool TextTree::ends() {
  return left_.find_first_not_of(" \t\n\r") == std::string_view::npos;
}

} // namespace xs
