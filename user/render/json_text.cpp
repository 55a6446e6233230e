// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes JSON.
#include "json_text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace xs {
namespace {

constexpr uint64_t kEach = 0x0101010101010101;

constexpr bool plain(char c) {
  return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

// The top bit of each byte that is 0; above one that is, maybe of others, too.
constexpr uint64_t zeros(uint64_t bytes) {
  return (bytes - kEach) & ~bytes;
}

// True if all eight bytes are printable ASCII, and none a quote or a backslash.
constexpr bool plain(uint64_t bytes) {
  const uint64_t not_ascii = bytes | (bytes - ' ' * kEach) | (bytes + kEach);
  return !((not_ascii | zeros(bytes ^ '"' * kEach) | zeros(bytes ^ '\\' * kEach)) & 0x80 * kEach);
}

// True if the text stands in a JSON string as it is. Eight bytes at a time: all of a line's text is looked at here.
bool plain(std::string_view text) {
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof(bytes));
    if (!plain(bytes)) return false;
    text.remove_prefix(sizeof(bytes));
  }
  return std::ranges::all_of(text, [](char c) { return plain(c); });
}

// Appends to `at`, where there is room.
char* append(char* at, std::string_view text) {
  return std::copy(text.begin(), text.end(), at);
}

// JSON escapes C0 alone; lines are also looked at on a terminal. `text`: UTF-8 without surrogates.
std::string without_steering(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character one = first_character(text);
    const size_t size = std::max<size_t>(one.size, 1);
    if (one.size && steers(one.code))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(one.code));
    else
      out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

std::string quoted(std::string_view text) {
  if (!plain(text))
    return without_steering(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::string out(text.size() + 2, '"');
  append(out.data() + 1, text);
  return out;
}

// The size of `"name":value` with the comma before it.
size_t size_of(std::string_view name, std::string_view value) {
  return name.size() + value.size() + 4;
}

// Appends `,"name":value`; `first`: without the comma.
char* append_member(char* at, std::string_view name, std::string_view value, bool first) {
  if (!first) *at++ = ',';
  *at++ = '"';
  at = append(at, name);
  *at++ = '"';
  *at++ = ':';
  return append(at, value);
}

} // namespace

Json::Json(std::string_view text) : text_(quoted(text)) {}

Json::Json(std::initializer_list<JsonMember> members) {
  size_t size = members.size() ? 1 : 2; // the brackets, less the first one's comma
  for (const JsonMember& m : members)
    size += size_of(m.name, m.value.text_);
  text_.resize(size, '{');
  char* at = text_.data() + 1;
  for (const JsonMember& m : members)
    at = append_member(at, m.name, m.value.text_, &m == members.begin());
  *at = '}';
}

void Json::put(std::string_view name, const Json& value) {
  const size_t end = text_.size() - 1;
  const bool first = end == 1;
  text_.resize(text_.size() + size_of(name, value.text_) - first);
  *append_member(text_.data() + end, name, value.text_, first) = '}';
}

void Json::push_back(const Json& value) {
  reopen();
  text_.append(value.text_).append(1, ']');
}

// Takes the closing bracket away, for one more.
void Json::reopen() {
  text_.pop_back();
  if (text_.size() > 1) text_ += ',';
}

} // namespace xs
