// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares flows with selectors.
#include "selector.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>

namespace xs {
namespace {

struct Address {
  int family = 0;
  std::array<uint8_t, 16> bytes{};
};

std::optional<Address> parse(const std::string& text) {
  Address out;
  out.family = text.find(':') == text.npos ? AF_INET : AF_INET6;
  if (inet_pton(out.family, text.c_str(), out.bytes.data()) != 1) return {};
  return out;
}

std::optional<uint32_t> upper(const Selector& s, const char* name) {
  for (const auto& [key, value] : s.upper)
    if (key == name) return value;
  return {};
}

Fitting outside(const char* field, std::string flow, std::string selector) {
  return {Fit::outside, {field, std::move(flow), std::move(selector)}};
}

Fitting address_fits(const char* field, const std::optional<std::string>& address,
                     const std::optional<std::string>& prefix, uint8_t bits) {
  if (!bits) return {Fit::inside, {}};
  if (!address || !prefix) return {};
  const auto in = in_prefix(*address, *prefix, bits);
  if (!in) return {};
  return *in ? Fitting{Fit::inside, {}} : outside(field, *address, fmt::format("{}/{}", *prefix, bits));
}

Fitting port_fits(const char* field, const std::optional<uint16_t>& port, const std::optional<uint32_t>& wanted,
                  uint16_t mask) {
  if (!mask || !wanted) return {Fit::inside, {}};
  if (!port) return {};
  if (((*port ^ *wanted) & mask) == 0) return {Fit::inside, {}};
  return outside(field, std::to_string(*port), std::to_string(*wanted));
}

Fitting proto_fits(const std::optional<std::string>& proto, const Selector& s) {
  if (!s.proto) return {Fit::inside, {}};
  if (!proto) return {};
  return *proto == s.proto_name || *proto == std::to_string(s.proto) ? Fitting{Fit::inside, {}}
                                                                     : outside("proto", *proto, s.proto_name);
}

} // namespace

std::optional<bool> in_prefix(const std::string& address, const std::string& prefix, uint8_t bits) {
  const auto a = parse(address), p = parse(prefix);
  if (!a || !p) return {};
  if (a->family != p->family) return false;
  for (size_t i = 0; i < a->bytes.size() && i * 8 < bits; i++) {
    const size_t here = std::min<size_t>(8, bits - i * 8);
    const auto mask = static_cast<uint8_t>(0xff << (8 - here));
    if ((a->bytes[i] ^ p->bytes[i]) & mask) return false;
  }
  return true;
}

Fitting hold_against(const PacketInfo& p, const Selector& s) {
  const Fitting all[] = {address_fits("dst", p.dst, s.dst, s.dst_bits), address_fits("src", p.src, s.src, s.src_bits),
                         port_fits("dport", p.dport, upper(s, "dport"), s.dport_mask),
                         port_fits("sport", p.sport, upper(s, "sport"), s.sport_mask), proto_fits(p.proto, s)};
  Fitting out{Fit::inside, {}};
  for (const Fitting& one : all) {
    if (one.fit == Fit::outside) return one;
    if (one.fit == Fit::unknown) out.fit = Fit::unknown;
  }
  return out;
}

} // namespace xs
