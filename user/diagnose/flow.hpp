// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The flow that policies were looked up with. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

// How the packet differs from the flow that was looked up: NAT has changed addresses or ports since, or the flow is the
// packet in the other direction.
enum class Since : uint8_t { same, nat, turned };
Since since_lookup(const Event& e);

// "192.0.2.2 -> 192.0.2.1 icmp (before NAT changed it to 192.0.2.2 -> 172.17.0.2 icmp)"; "a packet" if neither is
// known.
std::string looked_up_text(const Event& e);
// The same at the beginning of a sentence; addresses stay as they are.
std::string looked_up_subject(const Event& e);

// " The SA has flag icmp: ..." for a refused ICMP error that may still be accepted (icmp_rcv, icmpv6_rcv); else
// empty.
std::string second_chance(const Event& e);

// 4 or 6; 0: not known.
uint8_t address_family(const std::optional<std::string>& address);
uint8_t family_of(const PacketInfo& flow);
uint8_t family_of(const Selector& selector);

// The if_id of the policy lookup; none: not known.
std::optional<uint32_t> if_id_of(const Event& e);

} // namespace xs
