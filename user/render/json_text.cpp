// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Escapes strings and writes numbers for JSON.
#include "json_text.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace xs {
namespace {

// Sixteen characters, compared at once.
constexpr size_t kBlock = 16;
using Block = signed char __attribute__((vector_size(kBlock)));

// True if all are printable ASCII, except quotes and backslashes. Bytes beyond ASCII are negative here.
bool plain(Block block) {
  const auto other = (block < ' ') | (block == 0x7f) | (block == '"') | (block == '\\');
  const auto half = std::bit_cast<std::array<uint64_t, 2>>(other);
  return !(half[0] | half[1]);
}

// The escape of a character in a JSON string; empty: none is needed. JSON only requires escapes for C0, but lines are
// also read on terminals.
std::string escape(char32_t c) {
  constexpr std::string_view kShort = "\bb\ff\nn\rr\tt\"\"\\\\"; // each followed by its letter
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

// The text of an object is appended to the enclosing one at once, so that a few buffers are reused for all.
constexpr size_t kUsual = 4096, kSpares = 16;
thread_local std::vector<std::unique_ptr<char[]>> spares;

} // namespace

// Works on blocks, since all text of all lines passes here.
void Json::append(std::string_view text) {
  char* at = room(text.size() + kBlock + 2);
  *at++ = '"';
  for (size_t i = 0; i < text.size(); i += kBlock) {
    Block block = Block{} + ' ';
    if (const size_t left = text.size() - i; left >= kBlock)
      std::memcpy(&block, text.data() + i, kBlock);
    else
      std::memcpy(&block, text.data() + i, left);
    if (!plain(block)) return append_raw('"' + escaped(text) + '"');
    std::memcpy(at + i, &block, kBlock);
  }
  at[text.size()] = '"';
  size_ += text.size() + 2;
}

Json::Json(std::initializer_list<JsonMember> members) {
  close('{');
  for (const JsonMember& m : members) {
    begin_member(m.name);
    m.append(*this, m.value);
  }
  close('}');
}

void Json::grow(size_t bytes) {
  const size_t room = std::max(size_ + bytes, size_ ? 4 * size_ : kUsual);
  const bool spare = room == kUsual && !spares.empty();
  std::unique_ptr<char[], Recycle> text(spare ? spares.back().release() : new char[room], Recycle{room});
  if (spare) spares.pop_back();
  std::copy_n(text_.get(), size_, text.get());
  text_ = std::move(text);
}

void Json::Recycle::operator()(char* text) const {
  std::unique_ptr<char[]> spare(text);
  if (room == kUsual && spares.size() < kSpares) spares.push_back(std::move(spare));
}

void Json::append_number(int64_t number) {
  constexpr size_t kMost = 20;
  char* at = room(kMost);
  size_ = static_cast<size_t>(std::to_chars(at, at + kMost, number).ptr - text_.get());
}

void Json::append_number(uint64_t number) {
  constexpr size_t kMost = 20;
  char* at = room(kMost);
  size_ = static_cast<size_t>(std::to_chars(at, at + kMost, number).ptr - text_.get());
}

} // namespace xs
