// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Parses addresses, SPIs, marks and device names.
#include "filter_words.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace xs {
namespace {

std::optional<uint32_t> number(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return out;
}

// The first `bits` bits of a word in network order.
uint32_t word_mask(uint32_t bits) {
  return bits >= 32 ? UINT32_MAX : htonl(~(UINT32_MAX >> bits));
}

} // namespace

std::optional<prefix> parse_prefix(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  prefix out{};
  out.family = address.find(':') == std::string::npos ? 4 : 6;
  if (inet_pton(out.family == 4 ? AF_INET : AF_INET6, address.c_str(), out.address) != 1) return {};
  const uint32_t most = out.family == 4 ? 32 : 128;
  const auto length = slash == std::string::npos ? most : number(std::string_view(text).substr(slash + 1));
  if (!length || *length > most) return {};
  for (uint32_t i = 0; i < most / 32; i++) {
    out.mask[i] = word_mask(*length - std::min(*length, i * 32));
    out.address[i] &= out.mask[i];
  }
  return out;
}

std::optional<uint32_t> parse_spi(std::string_view text) {
  const auto spi = number(text);
  if (!spi || !*spi) return {};
  return htonl(*spi);
}

std::optional<MarkWords> parse_mark(std::string_view text) {
  const size_t slash = text.find('/');
  const auto value = number(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? UINT32_MAX : number(text.substr(slash + 1));
  if (!value || !mask || (*value & ~*mask)) return {};
  return MarkWords{*value, *mask};
}

bool put_ifname(filter& into, const std::string& name) {
  constexpr std::string_view kNever = " \t\n/";
  if (name.empty() || name.size() >= sizeof(into.ifname) || name.find_first_of(kNever) != std::string::npos)
    return false;
  std::memset(into.ifname, 0, sizeof(into.ifname));
  std::memcpy(into.ifname, name.data(), name.size());
  return true;
}

} // namespace xs
