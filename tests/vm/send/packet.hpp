// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Builds the bytes of packets: IPsec headers, nested ESP without encryption, UDP, ICMP and whole IP packets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "address.hpp"

namespace lab {

using Bytes = std::vector<uint8_t>;

/// The number of a protocol: esp, ah, comp, udp, tcp, icmp, ipv6-icmp, ipip, ipv6 or a number.
uint8_t protocol_number(const std::string& text);

void put16(Bytes& out, uint16_t value);
void put32(Bytes& out, uint32_t value);

/// An ESP, AH or IPComp header followed by `payload` bytes of 0xa5; any other protocol is a UsageError.
Bytes ipsec_header(uint8_t proto, uint32_t spi, uint32_t seq, size_t payload);

/// `inner` inside one ESP header for each SPI, the first SPI outermost, as an SA with ecb(cipher_null) and no
/// authentication makes it. `next` is the protocol of `inner`.
Bytes null_esp(std::span<const uint32_t> spis, uint32_t seq, uint8_t next, Bytes inner);

/// A UDP datagram with `payload` bytes of 0xa5 and a right checksum.
Bytes udp_datagram(const Address& src, const Address& dst, size_t payload);

/// An ICMP or ICMPv6 message of the type, as the addresses' family asks, with a right checksum.
Bytes icmp_message(const Address& src, const Address& dst, uint8_t type, uint16_t id, size_t payload);

/// A whole IP packet without options; `df` counts for IPv4 only, and the header's checksum is right.
Bytes ip_packet(const Address& src, const Address& dst, uint8_t proto, bool df, const Bytes& payload);

} // namespace lab
