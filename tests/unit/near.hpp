// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets and policies for tests of near policies.
#pragma once

#include "../../user/diagnose/near_policy.hpp"
#include "events.hpp"

namespace xs::test {

using Fields = std::vector<std::string>;

// Out of the tunnel from 192.0.2.1 came 10.0.0.1 -> 10.0.0.2, for this host.
inline Event refused() {
  Event e = event(XfrmInNoPols, "__xfrm_policy_check");
  e.packet = udp();
  e.looked_up = udp();
  e.looked_up->mark = 0;
  e.looked_up->is_flow = true;
  e.looked_up->ifindex = 1;
  e.evidence = found(Match::none);
  e.packet_evidence.emplace();
  e.packet_evidence->policy_dir = "in";
  e.packet_evidence->secpath = {through("tunnel")};
  e.packet_evidence->secpath->front().src = "192.0.2.1";
  return e;
}

inline Policy here(const char* dir) {
  Policy p = policy(dir, {tunnel()});
  p.netns.inum = kHere;
  return p;
}

inline Fields fields(const Event& e, const std::vector<Policy>& all) {
  const auto near = near_policy(e, all);
  return near ? near->differs : Fields{"none"};
}

} // namespace xs::test
