// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Formats values for the sentences of causes: SAs, ages, marks, actors. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

std::string spi_text(uint32_t spi);  // "spi 0x00000101"
std::string sa_text(const State& s); // "the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101"
// The arguments of `ip xfrm state get` and `delete`: "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101".
std::string state_id(const State& s);
std::string mark_text(const Mark& m);      // "0xd00/0xf00"
std::string actor_text(const Actor& h);    // "by ip[301] (netlink)", "by the kernel's timer"; empty: not known
std::string error_text(uint16_t error);    // "EMSGSIZE (90)"
std::string bytes_text(uint64_t n);        // "1 byte", "2 bytes"
std::string upper_first(std::string text); // for the start of a sentence
std::string span_text(uint64_t ns);        // "0.3 ms", "12 s", "3 min", "2 h", "5 days"
// " 12 s ago"; empty: not known when.
std::string ago_text(const Actor& h, uint64_t now_mono_ns);
// " 12 s ago by ip[301] (netlink)", as far as known.
std::string ago_by_text(const Actor& h, uint64_t now_mono_ns);

std::string packet_end(const std::optional<std::string>& address); // "?" where unknown
// The flow of the packet: "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9".
std::string flow_text(const PacketInfo& p);
// True for a lookup with ports 0, as the kernel does for all fragments, including the first.
bool without_ports(const PacketInfo& flow);

// The limit that the SA or policy has reached, "its hard limit of 2 packets (2 used)"; none: no limit.
std::optional<std::string> limit_reached(const Limits& limits, const Used& used, int64_t real_ns);

// " 3.0 s ago by ip[301] (netlink)"
std::string removal_text(const State& tombstone, uint64_t now_mono_ns);
// How the kernel's timer removed the SA of the tombstone.
std::string ended_text(const State& tombstone, const Event& e);

} // namespace xs
