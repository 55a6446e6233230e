// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares the flow of a lookup with the packet, and describes it.
#include "flow.hpp"
#include "facts.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

template <class T> bool other(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && *a != *b;
}

bool is_icmp_error(const PacketInfo& flow) {
  constexpr uint16_t kErrors[] = {3, 4, 5, 11, 12}, kErrorsEnd6 = 128;
  if (!flow.icmp_type) return false;
  if (flow.proto != "icmp") return *flow.icmp_type < kErrorsEnd6;
  return std::ranges::find(kErrors, *flow.icmp_type) != std::end(kErrors);
}

// An ICMP error from an SA with flag icmp is accepted by the policy of the outbound packet that it quotes: true if the
// flow is that packet.
bool turned_round(const PacketInfo& now, const PacketInfo& then) {
  return now.src && now.dst && now.src == then.dst && now.dst == then.src && !other(now.sport, then.dport) &&
         !other(now.dport, then.sport);
}

// An xfrm interface has its own if_id, or is for all: then the if_id is that of the last SA. That SA also decides if
// the interface is hidden behind its VRF.
std::optional<uint32_t> inbound_if_id(const PacketEvidence& packet_evidence) {
  if (!packet_evidence.link) return 0;
  if (packet_evidence.secpath && packet_evidence.secpath->empty())
    return 0; // it only applies to packets that came through an SA
  const bool vrf = packet_evidence.link->kind == "vrf";
  if (packet_evidence.link->kind != "xfrm" && !vrf) return 0;
  if (packet_evidence.link->if_id) return packet_evidence.link->if_id;
  if (!packet_evidence.secpath) return {};
  const uint32_t last = packet_evidence.secpath->back().if_id;
  return vrf && last ? std::nullopt : std::optional(last);
}

} // namespace

Since since_lookup(const Event& e) {
  if (!e.looked_up || !e.packet) return Since::same;
  const PacketInfo &now = *e.packet, &then = *e.looked_up;
  const bool ends = other(now.src, then.src) || other(now.dst, then.dst);
  if (ends && turned_round(now, then)) return Since::turned;
  const bool ports = !without_ports(then) && (other(now.sport, then.sport) || other(now.dport, then.dport));
  return ends || ports ? Since::nat : Since::same;
}

std::string looked_up_text(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow) return "a packet";
  switch (since_lookup(e)) {
  case Since::nat:
    return fmt::format("{} (before NAT changed it to {})", flow_text(*flow), flow_text(*e.packet));
  case Since::turned:
    return fmt::format("{} (the other way round of the packet that an ICMP error quotes)", flow_text(*flow));
  default:
    return flow_text(*flow);
  }
}

std::string looked_up_subject(const Event& e) {
  return flow_of(e) ? looked_up_text(e) : "A packet";
}

std::string second_chance(const Event& e) {
  const State* s = state_of(e);
  const PacketInfo* flow = flow_of(e);
  if (!s || !flow || !has_flag(*s, "icmp") || !is_icmp_error(*flow) || !e.packet_evidence ||
      e.packet_evidence->policy_dir != "in")
    return {};
  return " The SA has flag icmp: the kernel takes the error all the same if a policy takes the packet that it quotes, "
         "the other way round.";
}

uint8_t address_family(const std::optional<std::string>& address) {
  return !address || address->empty() ? 0 : address->find(':') == address->npos ? 4 : 6;
}

uint8_t family_of(const PacketInfo& flow) {
  const uint8_t of_src = address_family(flow.src);
  return of_src ? of_src : address_family(flow.dst);
}

uint8_t family_of(const Selector& s) {
  if (s.family) return s.family;
  const uint8_t of_src = address_family(s.src);
  return of_src ? of_src : address_family(s.dst);
}

std::optional<uint32_t> if_id_of(const Event& e) {
  if (!e.packet_evidence) return {};
  if (counter_way(e.counter) == Way::in) return inbound_if_id(*e.packet_evidence);
  if (!e.packet_evidence->link || e.packet_evidence->link->kind != "xfrm") return 0;
  return e.packet_evidence->link->if_id;
}

} // namespace xs
