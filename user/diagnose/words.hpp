// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What sentences of causes are made of: names of SAs, ages, marks, who did it. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

std::string spi_text(uint32_t spi);  // "spi 0x00000101"
std::string sa_text(const State& s); // "the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101"
// What `ip xfrm state get` and `delete` take: "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101".
std::string state_id(const State& s);
std::string mark_text(const Mark& m);      // "0xd00/0xf00"
std::string actor_text(const Actor& h);    // "by ip[301] (netlink)", "by the kernel's timer"; empty: not known
std::string error_text(uint16_t error);    // "EMSGSIZE (90)"
std::string bytes_text(uint64_t n);        // "1 byte", "2 bytes"
std::string upper_first(std::string text); // a sentence's beginning
std::string span_text(uint64_t ns);        // "0.3 ms", "12 s", "3 min", "2 h", "5 days"
// " 12 s ago"; empty: not known when.
std::string ago_text(const Actor& h, uint64_t now_mono_ns);
// " 12 s ago by ip[301] (netlink)", as far as known.
std::string ago_by_text(const Actor& h, uint64_t now_mono_ns);

std::string packet_end(const std::optional<std::string>& address); // "?" where unknown
// The packet's own way: "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9".
std::string flow_text(const PacketInfo& p);
// The kernel looks fragments up with ports 0, the first one, too.
bool without_ports(const PacketInfo& flow);

// The limit that the SA or policy has reached, "its hard limit of 2 packets (2 used)"; none: none reached.
std::optional<std::string> limit_reached(const Limits& limits, const Used& used, int64_t real_ns);

// " 3.0 s ago by ip[301] (netlink)"
std::string removal_text(const State& tombstone, uint64_t now_mono_ns);
// Of the tombstone of an SA that the kernel's timer ended.
std::string ended_text(const State& tombstone, const Event& e);

} // namespace xs
