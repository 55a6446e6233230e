// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes JSON.
#include "json_text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr uint64_t kEach = 0x0101010101010101; // one in each byte
constexpr uint64_t kTop = 0x80 * kEach;

// True if one of the eight bytes is `byte`.
constexpr bool has(uint64_t bytes, uint8_t byte) {
  const uint64_t differing = bytes ^ (byte * kEach);
  return (differing - kEach) & ~differing & kTop;
}

// True if all eight are printable ASCII, and none a quote or a backslash.
constexpr bool plain(uint64_t bytes) {
  const bool steering = (bytes - ' ' * kEach) & ~bytes & kTop, beyond = bytes & kTop;
  return !steering && !beyond && !has(bytes, 0x7f) && !has(bytes, '"') && !has(bytes, '\\');
}

bool plain(std::string_view text) {
  for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data(), sizeof(bytes));
    if (!plain(bytes)) return false;
  }
  uint64_t rest = ' ' * kEach;
  std::memcpy(&rest, text.data(), text.size());
  return plain(rest);
}

// What stands for a character in a JSON string; empty: itself. JSON escapes C0 alone; lines are also looked at on a
// terminal.
std::string escape(char32_t c) {
  constexpr std::string_view kShort = "\bb\ff\nn\rr\tt\"\"\\\\"; // each with its letter
  for (size_t i = 0; i < kShort.size(); i += 2)
    if (c == static_cast<char32_t>(kShort[i])) return {'\\', kShort[i + 1]};
  return steers(c) ? fmt::format("\\u{:04x}", static_cast<unsigned>(c)) : "";
}

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character one = first_character(text);
    const size_t size = one.size ? one.size : broken_size(text);
    const std::string instead = one.size ? escape(one.code) : "\xef\xbf\xbd"; // U+FFFD
    out += instead.empty() ? text.substr(0, size) : instead;
    text.remove_prefix(size);
  }
  return out;
}

} // namespace

// Eight bytes at a time: all of a line's text is looked at here.
void Json::append(std::string_view text) {
  text_ += '"';
  if (plain(text))
    text_ += text;
  else
    text_ += escaped(text);
  text_ += '"';
}

Json::Json(std::initializer_list<JsonMember> members) {
  text_ = '{';
  for (const JsonMember& m : members) {
    begin_member(m.name);
    m.append(*this, m.value);
  }
  text_ += '}';
}

// `,"name":`, the first one without the comma.
void Json::begin_member(std::string_view name) {
  text_ += text_.back() == '{' ? "\"" : ",\"";
  text_ += name;
  text_ += "\":";
}

void Json::append_number(int64_t number) {
  char text[20];
  text_.append(text, std::to_chars(std::begin(text), std::end(text), number).ptr);
}

void Json::append_number(uint64_t number) {
  char text[20];
  text_.append(text, std::to_chars(std::begin(text), std::end(text), number).ptr);
}

} // namespace xs
