// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes JSON directly as text, without a tree of values first, since a line is made for each error. A member's value
// is written into the text of its object. Pure.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

class Json;
struct JsonMember;

// `,"name":`, made at compile time, since a line has a hundred of them. Names must not need
// escapes.
class JsonName {
public:
  template <size_t N> consteval JsonName(const char (&name)[N]) : JsonName(std::string_view(name, N - 1)) {}
  // A name only known at run time; at most kMost bytes.
  constexpr explicit JsonName(std::string_view name) {
    char* at = std::ranges::copy(std::string_view(",\""), text_).out;
    at = std::ranges::copy(name.size() > kMost ? throw std::length_error("a JSON name") : name, at).out;
    at = std::ranges::copy(std::string_view("\":"), at).out;
    size_ = static_cast<size_t>(at - text_);
  }

private:
  friend class Json;
  static constexpr size_t kMost = 28, kRoom = kMost + 4;
  char text_[kRoom] = {};
  size_t size_ = 0;
};

// A type that writes itself as a value.
template <class T>
concept JsonSource = requires(const T& value, Json& out) {
  value.write(out);
};

class Json {
public:
  Json(std::nullptr_t) { append(nullptr); }
  template <std::integral T> Json(T value) { append(value); }
  // Bytes that are not UTF-8 (names of processes) are replaced.
  Json(std::string_view text) { append(text); }
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  template <class T> Json(const std::vector<T>& values) { append(values); }
  template <JsonSource T> Json(const T& value) { append(value); }
  // An object with members in this order.
  Json(std::initializer_list<JsonMember> members);

  static Json array() { return Json(Raw{}, "[]"); }
  static Json object() { return Json(Raw{}, "{}"); }

  // Adds a member, whose name the object must not have yet.
  template <class T> void put(const JsonName& name, const T& value) {
    size_--;
    begin_member(name);
    append(value);
    close('}');
  }
  void put(const JsonName& name, const Json& value) { put<Json>(name, value); }
  // Adds an element to an array.
  template <class T> void push_back(const T& value) {
    size_--;
    if (text_[size_ - 1] != '[') close(',');
    append(value);
    close(']');
  }
  void push_back(const Json& value) { push_back<Json>(value); }

  std::string_view dump() const { return {text_.get(), size_}; }
  // The text as a line; nothing may be added after that.
  std::string_view line() {
    close('\n');
    return dump();
  }

  // Writes a value where one is expected.
  void append(std::nullptr_t) { append_raw("null"); }
  template <std::integral T> void append(T value) {
    if constexpr (std::same_as<T, bool>)
      append_raw(value ? "true" : "false");
    else if constexpr (std::signed_integral<T>)
      append_number(int64_t{value});
    else
      append_number(uint64_t{value});
  }
  void append(std::string_view text);
  void append(const std::string& text) { append(std::string_view(text)); }
  void append(const char* text) { append(std::string_view(text)); }
  template <class T> void append(const std::vector<T>& values) {
    append_raw("[]");
    for (const T& value : values)
      push_back(value);
  }
  void append(const Json& value) { append_raw(value.dump()); }
  template <JsonSource T> void append(const T& value) { value.write(*this); }

private:
  struct Raw {};
  Json(Raw, std::string_view text) { append_raw(text); }

  // Room for so many bytes behind the text, which may grow by them, or by less.
  char* room(size_t bytes) {
    if (text_.get_deleter().room - size_ < bytes) grow(bytes);
    return text_.get() + size_;
  }
  void grow(size_t bytes);
  void close(char c) {
    *room(1) = c;
    size_++;
  }
  void append_raw(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  void append_number(int64_t number);
  void append_number(uint64_t number);
  // Writes the name; the first one without the comma.
  void begin_member(const JsonName& name) {
    char* at = room(JsonName::kRoom);
    const size_t first = at[-1] == '{' ? 1 : 0;
    std::memcpy(at, name.text_ + first, JsonName::kRoom - 1); // a constant size: two moves
    size_ += name.size_ - first;
  }

  // Returns a buffer of the usual size for reuse.
  struct Recycle {
    void operator()(char* text) const;
    size_t room;
  };

  std::unique_ptr<char[], Recycle> text_{nullptr, Recycle{0}};
  size_t size_ = 0;
};

// A member in the braces of an object; it refers to a value, which must live as long as the full expression.
struct JsonMember {
  template <class T>
  JsonMember(const JsonName& name, const T& value)
      : name(name), value(&value), append([](Json& out, const void* v) { out.append(*static_cast<const T*>(v)); }) {}
  JsonMember(const JsonName& name, const Json& value)
      : name(name), value(&value), append([](Json& out, const void* v) { out.append(*static_cast<const Json*>(v)); }) {}

  JsonName name;
  const void* value;
  void (*append)(Json& out, const void* value);
};

} // namespace xs
