// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes losses for tests of rules.
#pragma once

#include "events.hpp"

#include "../../user/model/loss.hpp"

namespace xs::test {

inline Event lost(uint8_t kind, const char* function, PacketInfo packet = esp(0x101, 7)) {
  Event e = event(kind, function);
  e.packet = std::move(packet);
  e.packets = 1;
  e.cpu = 3;
  e.evidence = found(Match::none);
  e.packet_evidence.emplace();
  return e;
}

// Of a packet whose SA is known.
inline Event held_loss(uint8_t kind, const char* function, PacketInfo packet = esp(0x101, 7)) {
  Event e = lost(kind, function, std::move(packet));
  e.evidence = found(Match::held, sa());
  return e;
}

// Sent into the xfrm interface ipsec0, whose if_id is 7.
inline Event refused_by_interface() {
  Event e = lost(LOSS_INTERFACE, "xfrmi_xmit", udp());
  e.packet->ifname = "ipsec0";
  e.packet->mark = 0;
  e.packet_evidence->link = Link{"xfrm", 7, {}};
  return e;
}

inline Event refused_by_vti(std::optional<uint32_t> key) {
  Event e = lost(LOSS_INTERFACE, "vti_tunnel_xmit", udp());
  e.packet->ifname = "vti0";
  e.packet->mark = 0;
  e.packet_evidence->link = Link{"vti", {}, {}};
  e.packet_evidence->ikey = key;
  return e;
}

inline Policy out_policy(uint32_t if_id) {
  Policy p = policy("out", {tunnel()});
  p.netns.inum = kHere;
  p.if_id = if_id;
  return p;
}

inline bool advises(const Event& e, const std::string& text) {
  return diagnose(e).advice.find(text) != std::string::npos;
}

} // namespace xs::test
