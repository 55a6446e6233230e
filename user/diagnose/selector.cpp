// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares flows with selectors, field by field.
#include "selector.hpp"
#include "facts.hpp"

#include "../decode/decode.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
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

const Fitting kInside{Fit::inside, {}};

Fitting outside(const char* field, std::string flow, std::string selector) {
  return {Fit::outside, {field, std::move(flow), std::move(selector)}};
}

Fitting unless_inside(bool inside, const char* field, std::string flow, std::string selector) {
  return inside ? kInside : outside(field, std::move(flow), std::move(selector));
}

Fitting address_fits(const char* field, const std::optional<std::string>& address,
                     const std::optional<std::string>& prefix, uint8_t bits) {
  if (!bits) return kInside;
  if (!address || !prefix) return {};
  const auto in = in_prefix(*address, *prefix, bits);
  if (!in) return {};
  return unless_inside(*in, field, *address, fmt::format("{}/{}", *prefix, bits));
}

// What the kernel uses as the flow's ports (xfrm_flowi_sport, xfrm_flowi_dport).
enum class Upper : uint8_t { ports, icmp, mobility, key };
struct UpperKind {
  const char* proto;
  Upper upper;
};
constexpr UpperKind kUppers[] = {
    {"tcp", Upper::ports},    {"udp", Upper::ports},      {"udplite", Upper::ports},
    {"sctp", Upper::ports},   {"dccp", Upper::ports},     {"icmp", Upper::icmp},
    {"icmpv6", Upper::icmp},  {"ipv6-icmp", Upper::icmp}, {"mobility-header", Upper::mobility},
    {"135", Upper::mobility}, {"gre", Upper::key}};

// The compared values of a flow; none: not known; 0: the protocol has no ports.
using Ports = std::array<std::optional<uint16_t>, 2>; // of the source, of the destination

std::optional<Upper> upper_of(std::string_view proto) {
  const auto* found = std::ranges::find(kUppers, proto, [](const UpperKind& k) { return std::string_view(k.proto); });
  return found == std::end(kUppers) ? std::nullopt : std::optional(found->upper);
}

Ports ports_of(const PacketInfo& p) {
  if (!p.proto) return {};
  const auto kind = upper_of(*p.proto);
  if (!kind) return {0, 0};
  switch (*kind) {
  case Upper::ports:
    return {p.sport, p.dport};
  case Upper::icmp:
    return {p.icmp_type, p.icmp_code};
  case Upper::mobility:
    return {std::nullopt, 0};
  default:
    return {};
  }
}

// The selector's value under any of its names in ip-xfrm.
std::optional<uint32_t> upper(const Selector& s, std::initializer_list<const char*> names) {
  for (const auto& [key, value] : s.upper)
    for (const char* name : names)
      if (key == name) return value;
  return {};
}

// For GRE the upper half of the key is the source port.
std::optional<uint32_t> wanted_port(const Selector& s, bool source) {
  if (const auto key = upper(s, {"key"})) return source ? *key >> 16 : *key & 0xffff;
  return source ? upper(s, {"sport", "type"}) : upper(s, {"dport", "code"});
}

Fitting port_fits(const char* field, std::optional<uint16_t> port, std::optional<uint32_t> wanted, uint16_t mask) {
  if (!mask) return kInside;
  if (!port || !wanted) return {};
  const std::string words = mask == 0xffff ? std::to_string(*wanted) : fmt::format("{}/{:#x}", *wanted, mask);
  return unless_inside(((*port ^ *wanted) & mask) == 0, field, std::to_string(*port), words);
}

Fitting proto_fits(const std::optional<std::string>& proto, const Selector& s) {
  if (!s.proto) return kInside;
  if (!proto) return {};
  const bool same = *proto == s.proto_name || *proto == protocol_name(s.proto) || *proto == std::to_string(s.proto);
  return unless_inside(same, "proto", *proto, s.proto_name);
}

std::string device_words(uint32_t ifindex, const std::optional<std::string>& name) {
  if (name) return *name;
  return ifindex == kLoopback ? "lo" : ifindex ? fmt::format("if{}", ifindex) : "none";
}

// Compares the output device of a flow. The device of a packet is its input device.
Fitting device_fits(const PacketInfo& p, const Selector& s) {
  if (!s.dev) return kInside;
  if (!p.is_flow) return {};
  const uint32_t oif = p.ifindex.value_or(0);
  return unless_inside(static_cast<uint32_t>(s.dev->ifindex) == oif, "dev", device_words(oif, p.ifname),
                       device_words(static_cast<uint32_t>(s.dev->ifindex), s.dev->name));
}

using Fittings = std::array<std::pair<const char*, Fitting>, 6>; // in the order in which the kernel compares

// True if the kernel compares an ICMP type with the ports of another protocol: the result means nothing.
bool of_other_kind(const PacketInfo& p, const Selector& s) {
  return proto_fits(p.proto, s).fit == Fit::outside && upper_of(*p.proto) != upper_of(s.proto_name);
}

Fittings fittings(const PacketInfo& p, const Selector& s) {
  const Ports ports = ports_of(p);
  const bool other = of_other_kind(p, s);
  return {{{"dst", address_fits("dst", p.dst, s.dst, s.dst_bits)},
           {"src", address_fits("src", p.src, s.src, s.src_bits)},
           {"dport", other ? kInside : port_fits("dport", ports[1], wanted_port(s, false), s.dport_mask)},
           {"sport", other ? kInside : port_fits("sport", ports[0], wanted_port(s, true), s.sport_mask)},
           {"proto", proto_fits(p.proto, s)},
           {"dev", device_fits(p, s)}}};
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

unsigned common_bits(const std::optional<std::string>& one, const std::optional<std::string>& other) {
  const auto a = one ? parse(*one) : std::nullopt, b = other ? parse(*other) : std::nullopt;
  if (!a || !b || a->family != b->family) return 0;
  const unsigned size = a->family == AF_INET ? 4 : 16;
  for (unsigned i = 0; i < size; i++)
    if (const auto differ = static_cast<uint8_t>(a->bytes[i] ^ b->bytes[i]))
      return i * 8 + static_cast<unsigned>(std::countl_zero(differ));
  return size * 8;
}

SelectorComparison compare(const PacketInfo& flow, const Selector& s) {
  SelectorComparison out;
  for (auto& [field, one] : fittings(flow, s)) {
    if (one.fit == Fit::outside) out.outside.push_back(one.misfit);
    if (one.fit == Fit::unknown) out.unknown.emplace_back(field);
  }
  return out;
}

Fitting hold_against(const PacketInfo& flow, const Selector& s) {
  SelectorComparison all = compare(flow, s);
  if (!all.outside.empty()) return {Fit::outside, std::move(all.outside.front())};
  return {all.unknown.empty() ? Fit::inside : Fit::unknown, {}};
}

Fitting hold_against(const Event& e, const Selector& s) {
  const PacketInfo* flow = flow_of(e);
  return flow ? hold_against(*flow, s) : Fitting{};
}

} // namespace xs
