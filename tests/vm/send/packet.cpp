// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Builds the bytes of packets.
#include "packet.hpp"

#include <cstdlib>
#include <iterator>

#include "args.hpp"

namespace lab {
namespace {

constexpr uint8_t kFill = 0xa5;
constexpr uint8_t kHopLimit = 64;

struct Protocol {
  const char* name;
  uint8_t number;
};
constexpr Protocol kProtocols[] = {
    {"esp", IPPROTO_ESP},          {"ah", IPPROTO_AH},     {"comp", IPPROTO_COMP},
    {"udp", IPPROTO_UDP},          {"tcp", IPPROTO_TCP},   {"icmp", IPPROTO_ICMP},
    {"ipv6-icmp", IPPROTO_ICMPV6}, {"ipip", IPPROTO_IPIP}, {"ipv6", IPPROTO_IPV6},
};

uint32_t sum16(uint32_t sum, std::span<const uint8_t> data) {
  for (size_t i = 0; i < data.size(); i++)
    sum += i % 2 ? data[i] : data[i] << 8;
  return sum;
}

uint16_t fold(uint32_t sum) {
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

/// The checksum of a message with the pseudo header of its addresses.
uint16_t checksum(const Address& src, const Address& dst, uint8_t proto, const Bytes& message) {
  uint32_t sum = sum16(sum16(0, src.bytes()), dst.bytes());
  sum += proto + static_cast<uint32_t>(message.size());
  const uint16_t value = fold(sum16(sum, message));
  return value ? value : 0xffff;
}

void set16(Bytes& out, size_t at, uint16_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

void append(Bytes& out, std::span<const uint8_t> more) {
  out.insert(out.end(), more.begin(), more.end());
}

Bytes ip4_header(const Address& src, const Address& dst, uint8_t proto, bool df, size_t payload) {
  Bytes out{0x45, 0};
  put16(out, static_cast<uint16_t>(20 + payload));
  put16(out, 1);
  put16(out, df ? 0x4000 : 0);
  append(out, Bytes{kHopLimit, proto, 0, 0});
  append(out, src.bytes());
  append(out, dst.bytes());
  set16(out, 10, fold(sum16(0, out)));
  return out;
}

Bytes ip6_header(const Address& src, const Address& dst, uint8_t proto, size_t payload) {
  Bytes out{0x60, 0, 0, 0};
  put16(out, static_cast<uint16_t>(payload));
  append(out, Bytes{proto, kHopLimit});
  append(out, src.bytes());
  append(out, dst.bytes());
  return out;
}

} // namespace

uint8_t protocol_number(const std::string& text) {
  for (const Protocol& protocol : kProtocols)
    if (text == protocol.name) return protocol.number;
  char* end = nullptr;
  const unsigned long number = std::strtoul(text.c_str(), &end, 0);
  if (text.empty() || *end || number > 255) throw UsageError("'" + text + "' is not a protocol");
  return static_cast<uint8_t>(number);
}

void put16(Bytes& out, uint16_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void put32(Bytes& out, uint32_t value) {
  put16(out, static_cast<uint16_t>(value >> 16));
  put16(out, static_cast<uint16_t>(value));
}

Bytes ipsec_header(uint8_t proto, uint32_t spi, uint32_t seq, size_t payload) {
  Bytes out;
  if (proto == IPPROTO_COMP) {
    out = {IPPROTO_UDP, 0};
    put16(out, static_cast<uint16_t>(spi));
  } else if (proto == IPPROTO_AH || proto == IPPROTO_ESP) {
    if (proto == IPPROTO_AH) out = {IPPROTO_UDP, 4, 0, 0};
    put32(out, spi);
    put32(out, seq);
  } else {
    throw UsageError("only esp, ah and comp have an SPI; give hex= for other protocols");
  }
  out.insert(out.end(), payload, kFill);
  return out;
}

Bytes null_esp(std::span<const uint32_t> spis, uint32_t seq, uint8_t next, Bytes inner) {
  for (size_t i = spis.size(); i-- > 0;) {
    Bytes out;
    put32(out, spis[i]);
    put32(out, seq);
    append(out, inner);
    uint8_t pad = 0;
    while ((out.size() + 2) % 4)
      out.push_back(++pad);
    append(out, Bytes{pad, next});
    inner = std::move(out);
    next = IPPROTO_ESP;
  }
  return inner;
}

Bytes udp_datagram(const Address& src, const Address& dst, size_t payload) {
  Bytes out;
  put16(out, src.port());
  put16(out, dst.port());
  put16(out, static_cast<uint16_t>(8 + payload));
  put16(out, 0);
  out.insert(out.end(), payload, kFill);
  set16(out, 6, checksum(src, dst, IPPROTO_UDP, out));
  return out;
}

Bytes icmp_message(const Address& src, const Address& dst, uint8_t type, uint16_t id, size_t payload) {
  Bytes out{type, 0, 0, 0};
  put16(out, id);
  put16(out, 1);
  out.insert(out.end(), payload, kFill);
  set16(out, 2, src.is_v6() ? checksum(src, dst, IPPROTO_ICMPV6, out) : fold(sum16(0, out)));
  return out;
}

Bytes ip_packet(const Address& src, const Address& dst, uint8_t proto, bool df, const Bytes& payload) {
  Bytes out =
      src.is_v6() ? ip6_header(src, dst, proto, payload.size()) : ip4_header(src, dst, proto, df, payload.size());
  append(out, payload);
  return out;
}

} // namespace lab
