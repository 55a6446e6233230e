// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tells flows of lookups from packets.
#include "flow.hpp"
#include "facts.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

template <class T> bool other(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && *a != *b;
}

// An xfrm interface has its own if_id, or is there for all: it then takes that of the SA that was undone last. That SA
// tells also where an interface is hidden behind the one that its VRF has.
std::optional<uint32_t> inbound_if_id(const Clues& clues) {
  if (!clues.link) return 0;
  if (clues.secpath && clues.secpath->empty()) return 0; // asked of what came through an SA only
  const bool vrf = clues.link->kind == "vrf";
  if (clues.link->kind != "xfrm" && !vrf) return 0;
  if (clues.link->if_id) return clues.link->if_id;
  if (!clues.secpath) return {};
  const uint32_t last = clues.secpath->back().if_id;
  return vrf && last ? std::nullopt : std::optional(last);
}

} // namespace

bool changed_since_lookup(const Event& e) {
  if (!e.looked_up || !e.packet) return false;
  const PacketInfo &now = *e.packet, &then = *e.looked_up;
  return other(now.src, then.src) || other(now.dst, then.dst) || other(now.sport, then.sport) ||
         other(now.dport, then.dport);
}

std::string looked_up_text(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow) return "a packet";
  if (!changed_since_lookup(e)) return flow_text(*flow);
  return fmt::format("{} (before NAT changed it to {})", flow_text(*flow), flow_text(*e.packet));
}

std::string looked_up_subject(const Event& e) {
  return flow_of(e) ? looked_up_text(e) : "A packet";
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
  if (!e.clues) return {};
  if (counter_way(e.counter) == Way::in) return inbound_if_id(*e.clues);
  if (!e.clues->link || e.clues->link->kind != "xfrm") return 0;
  return e.clues->link->if_id;
}

} // namespace xs
