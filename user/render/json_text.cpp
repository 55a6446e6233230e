// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes JSON.
#include "json_text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace xs {
namespace {

bool plain(char c) {
  return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
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
  if (!std::ranges::all_of(text, plain))
    return without_steering(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::string out;
  out.reserve(text.size() + 2);
  return out.append(1, '"').append(text).append(1, '"');
}

} // namespace

Json::Json(std::string_view text) : text_(quoted(text)) {}

Json::Json(std::initializer_list<JsonMember> members) {
  size_t size = 2;
  for (const JsonMember& m : members)
    size += m.name.size() + m.value.text_.size() + 4; // quotes, colon and comma
  text_.reserve(size);
  text_ = "{}";
  for (const JsonMember& m : members)
    put(m.name, m.value);
}

void Json::put(std::string_view name, const Json& value) {
  reopen();
  text_.append(1, '"').append(name).append("\":").append(value.text_).append(1, '}');
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
