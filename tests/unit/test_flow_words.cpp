// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Flows that are not the packet's own: of fragments, which have no ports, and of packets that ICMP errors quote.
#include "../../user/diagnose/flow.hpp"
#include "../../user/diagnose/selector.hpp"
#include "../../user/render/text.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

// The first fragment has the ports, but the kernel looks it up without.
Event fragment(uint8_t counter) {
  Event e = refused_inbound(counter);
  e.looked_up = udp();
  e.looked_up->sport = e.looked_up->dport = 0;
  return e;
}

// Out of a tunnel came an ICMP error, which quotes what 10.0.0.1 had sent to 10.0.0.2.
Event quoted() {
  Event e = refused_inbound(XfrmInNoPols);
  e.looked_up = udp();
  std::swap(e.looked_up->src, e.looked_up->dst);
  std::swap(e.looked_up->sport, e.looked_up->dport);
  return e;
}

Event icmp_error(uint16_t type, const char* proto = "icmp") {
  Event e = refused_inbound(XfrmInNoPols);
  e.packet->proto = proto;
  e.packet->sport = e.packet->dport = {};
  e.packet->icmp_type = type;
  e.packet_evidence->secpath = {through("tunnel")};
  e.evidence->policies_known = true;
  e.evidence->state = sa();
  e.evidence->state->flag_names = {"icmp"};
  return e;
}

} // namespace

TEST_CASE("NAT is not said to have given a fragment its ports") {
  Event e = fragment(XfrmInTmplMismatch);
  CHECK(since_lookup(e) == Since::same);
  CHECK(looked_up_text(e) == "10.0.0.1 -> 10.0.0.2 udp (without ports, as fragments are)");
  e.packet->sport = e.packet->dport = {}; // a later one
  CHECK(looked_up_text(e) == "10.0.0.1 -> 10.0.0.2 udp (without ports, as fragments are)");
  e.looked_up->dst = "172.17.0.2";
  CHECK(since_lookup(e) == Since::nat);
  e.looked_up->dport = 9;
  CHECK(looked_up_text(e).starts_with("10.0.0.1 -> 172.17.0.2 udp 0 -> 9 (before NAT"));
}

TEST_CASE("a policy for a port does not take fragments, which have none") {
  Event e = fragment(XfrmInNoPols);
  e.packet_evidence->secpath = {through("tunnel")};
  e.evidence->policies_known = true;
  e.evidence->near = NearPolicy{policy("in", {tunnel()}), {"sel.dport"}};
  e.evidence->near->policy.sel.upper = {{"dport", 9}};
  e.evidence->near->policy.sel.dport_mask = 0xffff;
  CHECK(diagnose(e).cause == "policy-selector-mismatch");
  CHECK(says(e, "wants dport 9, and the flow has none."));
}

TEST_CASE("nor does an SA for a port, and the advice is one without") {
  Event e = no_outbound_state(found(Match::nearest, sa(), {"sel.dport"}));
  e.packet->sport = e.packet->dport = 0;
  State& s = *e.evidence->state;
  s.sel.emplace();
  s.sel->upper = {{"dport", 9}};
  s.sel->dport_mask = 0xffff;
  CHECK(says(e, "does not take 10.0.0.1 -> 10.0.0.2 udp (without ports, as fragments are): dport is none, the selector "
                "says 9."));
  CHECK(diagnose(e).advice.find("add it again with a selector without ports: fragments have none;") !=
        std::string::npos);
  e.packet->sport = 1000;
  CHECK(says(e, "dport is 0, the selector says 9."));
}

TEST_CASE("the packet that an ICMP error quotes is looked up the other way round") {
  Event e = quoted();
  CHECK(since_lookup(e) == Since::turned);
  CHECK(looked_up_text(e) ==
        "10.0.0.2 -> 10.0.0.1 udp 9 -> 1000 (the other way round of the packet that an ICMP error quotes)");
  CHECK(to_text(e, diagnose(e), {}).find("(the packet that an ICMP error quotes, the other way round") !=
        std::string::npos);
  e.looked_up->sport = 10; // so NAT has
  CHECK(since_lookup(e) == Since::nat);
  e = quoted();
  e.looked_up->dport = 10;
  CHECK(since_lookup(e) == Since::nat);
}

TEST_CASE("an ICMP error out of an SA with flag icmp has a second chance") {
  const char* const chance = "The SA has flag icmp: the kernel takes the error all the same if";
  CHECK(says(icmp_error(3), chance));
  CHECK(says(icmp_error(1, "ipv6-icmp"), chance));
  CHECK_FALSE(says(icmp_error(8), chance));
  CHECK_FALSE(says(icmp_error(128, "ipv6-icmp"), chance));
  Event e = icmp_error(3);
  e.packet_evidence->policy_dir = "fwd";
  CHECK_FALSE(says(e, chance));
  e = icmp_error(3);
  e.evidence->state->flag_names = {};
  CHECK_FALSE(says(e, chance));
  CHECK_FALSE(says(quoted(), chance));
}

TEST_CASE("of a protocol without ports nothing is said of them") {
  Selector s;
  s.proto = 17;
  s.proto_name = "udp";
  s.upper = {{"sport", 9}};
  s.sport_mask = 0xffff;
  PacketInfo flow = udp();
  CHECK(compare(flow, s).outside.size() == 1); // sport
  flow.proto = "icmp";
  flow.icmp_type = 3;
  const SelectorComparison c = compare(flow, s);
  REQUIRE(c.outside.size() == 1);
  CHECK(c.outside.front().field == "proto");
  CHECK(c.unknown.empty());
  flow.proto = "tcp";
  CHECK(compare(flow, s).outside.size() == 2);
}
