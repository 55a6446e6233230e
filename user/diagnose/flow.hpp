// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The flow that policies were looked up with. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

// How the packet, as far as is known, is another one than the flow that was looked up: NAT has changed addresses or
// ports since, or the flow is the packet the other way round.
enum class Since : uint8_t { same, nat, turned };
Since since_lookup(const Event& e);

// "192.0.2.2 -> 192.0.2.1 icmp (before NAT changed it to 192.0.2.2 -> 172.17.0.2 icmp)"; "a packet" where neither is
// known.
std::string looked_up_text(const Event& e);
// The same at a sentence's beginning: of an address no letter changes.
std::string looked_up_subject(const Event& e);

// " The SA has flag icmp: ..." of an ICMP error that is refused, and may be taken all the same (icmp_rcv, icmpv6_rcv);
// empty: it is none.
std::string second_chance(const Event& e);

// 4 or 6; 0: not known.
uint8_t address_family(const std::optional<std::string>& address);
uint8_t family_of(const PacketInfo& flow);
uint8_t family_of(const Selector& selector);

// Of the flow's policy look-up; none: not known.
std::optional<uint32_t> if_id_of(const Event& e);

} // namespace xs
