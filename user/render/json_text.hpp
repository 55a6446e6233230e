// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// JSON values kept as their text. A line is made for each error, and making a tree of values first costs ten times as
// much. Pure.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xs {

struct JsonMember;

class Json {
public:
  Json(std::nullptr_t) : text_("null") {}
  template <std::same_as<bool> T> Json(T value) : text_(value ? "true" : "false") {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json(T value) : text_(std::to_string(value)) {}
  // Bytes that are not UTF-8 (names of processes) are replaced.
  Json(std::string_view text);
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  template <class T> Json(const std::vector<T>& values) : Json(array()) {
    for (const T& value : values)
      push_back(value);
  }
  // An object, its members in this order.
  Json(std::initializer_list<JsonMember> members);

  static Json array() { return Json(Text{}, "[]"); }
  static Json object() { return Json(Text{}, "{}"); }

  // Adds a member to an object that has none of this name; nothing in `name` needs to be escaped.
  void put(std::string_view name, const Json& value);
  // Adds an element to an array.
  void push_back(const Json& value);

  const std::string& dump() const& { return text_; }
  std::string dump() && { return std::move(text_); }

private:
  struct Text {};
  Json(Text, std::string_view text) : text_(text) {}
  void reopen();

  std::string text_;
};

struct JsonMember {
  std::string_view name;
  Json value;
};

} // namespace xs
