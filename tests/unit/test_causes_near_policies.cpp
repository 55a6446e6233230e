// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about a policy that nearly took the packet.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event near(const char* dir, std::vector<std::string> differs) {
  Event e = checked(XfrmInNoPols);
  e.looked_up = udp();
  e.looked_up->mark = 0;
  e.packet_evidence->policy_dir = "in";
  e.packet_evidence->secpath = {through("tunnel")};
  e.evidence->policies_known = true;
  e.evidence->near = NearPolicy{policy(dir, {tunnel()}), std::move(differs)};
  return e;
}

} // namespace

TEST_CASE("policy-mark-mismatch") {
  Event e = near("in", {"mark"});
  e.evidence->near->policy.mark = {0x9, 0xff};
  CHECK(diagnose(e).cause == "policy-mark-mismatch");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came through the tunnel SA esp spi 0x00000101, and no in "
        "policy takes it. The nearest one, the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority "
        "0, index 8), wants mark 0x9/0xff, and the flow has 0x0.");
  CHECK(diagnose(e).advice.find("by the SA esp spi 0x00000101 with output-mark 0x9 mask 0xff") != std::string::npos);
  CHECK(diagnose(e).advice.find("ip link set dev VTI type vti ikey 9") != std::string::npos);
  e.packet_evidence->link = Link{"vti", {}, "vti1"};
  CHECK(says(e, "and the flow has 0x0, which is the ikey of vti1."));
  CHECK(diagnose(e).advice ==
        "Give the VTI the ikey that the policy wants as mark: ip link set dev vti1 type vti ikey 9.");
  e.packet_evidence->link->kind = "vti6";
  CHECK(diagnose(e).advice.find("ip link set dev vti1 type vti6 ikey 9") != std::string::npos);
  e.evidence->near->differs = {"dir", "mark"};
  e.evidence->near->policy.dir = "fwd";
  CHECK(diagnose(e).cause == "policy-mark-mismatch");
  CHECK(says(e, "is for direction fwd only; it wants mark 0x9/0xff"));
}

TEST_CASE("policy-mark-mismatch of a packet that a wider policy took") {
  Event e = mismatch({through("tunnel")}, {tunnel()});
  e.looked_up = udp();
  e.looked_up->mark = 0x5;
  CHECK(diagnose(e).cause == "template-mismatch");
  e.evidence->near = NearPolicy{policy("in", {tunnel()}), {"mark"}};
  e.evidence->near->policy.mark = {0x9, 0xff};
  e.evidence->near->policy.index = 16;
  CHECK(diagnose(e).cause == "policy-mark-mismatch");
  CHECK(says(e, "came through the tunnel SA esp spi 0x00000101, which the in policy src 10.0.0.1/32 dst 10.0.0.2/32 "
                "(priority 0, index 16) asks for, but that wants mark 0x9/0xff, and the flow has 0x5. The in policy "
                "src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) took it instead."));
}

TEST_CASE("policy-if-id-mismatch: the SA lacks it, the interface does, or the policy") {
  Event e = near("in", {"if_id"});
  e.evidence->near->policy.if_id = 42;
  CHECK(diagnose(e).cause == "policy-if-id-mismatch");
  CHECK(says(e, "wants if_id 0x2a, and policies were looked up with 0x0. The SA has no if_id."));
  CHECK(diagnose(e).advice.find("Give the SA esp spi 0x00000101 if_id 42 ") == 0);
  e.packet_evidence->secpath->front().if_id = 42;
  CHECK(says(e, "The SA has if_id 0x2a."));
  CHECK(diagnose(e).advice.find("ip link add ipsec42 type xfrm if_id 42") != std::string::npos);
  e.packet_evidence->link = Link{"xfrm", 8};
  e.packet_evidence->secpath->front().if_id = 8;
  CHECK(says(e, "looked up with 0x8. The SA has if_id 0x8."));
  CHECK(diagnose(e).advice ==
        "The SA esp spi 0x00000101 and the interface agree on if_id 8: give the policy it, too (ip xfrm policy add src "
        "10.0.0.1/32 dst 10.0.0.2/32 dir in if_id 0x8 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel; "
        "then ip xfrm policy delete src 10.0.0.1/32 dst 10.0.0.2/32 dir in if_id 0x2a), or, if 42 is meant, both of "
        "them that.");
  e.evidence->near->policy.if_id = 0;
  CHECK(says(e, "wants if_id 0x0, and policies were looked up with 0x8."));
  CHECK(diagnose(e).advice.find("Give the policy the if_id of the interface and the SA, 8 (ip xfrm policy add ") == 0);
  CHECK(diagnose(e).advice.find("or take it from the SA esp spi 0x00000101, so that its packets come in by no xfrm") !=
        std::string::npos);
}

TEST_CASE("policy-if-id-mismatch: either side may be wrong, and both remedies are told") {
  Event e = near("in", {"if_id"});
  e.evidence->near->policy.if_id = 42;
  const auto advises = [&](const char* text) { return diagnose(e).advice.find(text) != std::string::npos; };
  CHECK(advises("Give the SA esp spi 0x00000101 if_id 42 "));
  CHECK(
      advises("Or, if no xfrm interface is meant, add the policy without if_id: ip xfrm policy add src 10.0.0.1/32 dst "
              "10.0.0.2/32 dir in tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel."));
  e.packet_evidence->secpath->front().if_id = 42;
  CHECK(advises("ip link add ipsec42 type xfrm if_id 42"));
  CHECK(advises("Or, if no xfrm interface is meant, add the policy without if_id: ip xfrm policy add "));
  e.packet_evidence->link = Link{"xfrm", {}}; // for all SAs, so that it takes the SA's
  e.packet_evidence->secpath->front().if_id = 8;
  CHECK(advises("Give the SA esp spi 0x00000101 if_id 42 "));
  CHECK(advises("add the policy with its if_id 8: ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir in if_id 0x8 "
                "tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel."));
  e.packet_evidence->link->if_id = 8;
  e.packet_evidence->secpath->front().if_id = 0; // with a policy of 8, the SA would not do
  CHECK(advises("mode tunnel and give the SA that if_id, too."));
}

TEST_CASE("the device of a near policy is told by its name, where it is known") {
  for (const char* dir : {"in", "fwd"}) {
    Event e = near(dir, {"sel.dev"});
    e.packet_evidence->policy_dir = dir;
    e.evidence->near->policy.sel.dev = Device{2, "vb"};
    CHECK(says(e, "dev vb (priority 0, index 8)"));
    CHECK_FALSE(says(e, "if2"));
  }
  Event e = near("in", {"sel.dev"});
  e.looked_up->is_flow = true;
  e.looked_up->ifindex = 3;
  e.evidence->near->policy.sel.dev = Device{2, {}};
  CHECK(says(e, "wants dev if2, and the flow has if3."));
  e.evidence->near->policy.sel.dev->name = "vb";
  e.looked_up->ifname = "wan";
  CHECK(says(e, "dst 10.0.0.2/32 dev vb (priority 0, index 8), wants dev vb, and the flow has wan."));
}

TEST_CASE("no-fwd-policy and no-in-policy name the one that is there, and what to add") {
  Event e = near("in", {"dir"});
  e.packet_evidence->policy_dir = "fwd";
  e.evidence->near->policy.priority = 5;
  e.evidence->near->policy.mark = {0x9, 0xff};
  CHECK(diagnose(e).cause == "no-fwd-policy");
  CHECK(says(e,
             "and no fwd policy takes it. The nearest one, the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 5, "
             "index 8), is for direction in only."));
  CHECK(diagnose(e).advice == "Add that policy for direction fwd, too: ip xfrm policy add src 10.0.0.1/32 dst "
                              "10.0.0.2/32 dir fwd mark 0x9 mask "
                              "0xff priority 5 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel");
  e.packet_evidence->policy_dir = {};
  CHECK(diagnose(e).cause == "no-fwd-policy");
  e = near("fwd", {"dir"});
  CHECK(diagnose(e).cause == "no-in-policy");
  CHECK(says(e, "and no in policy takes it. The nearest one, the fwd policy"));
}

TEST_CASE("the policies are those of the flow before NAT") {
  Event e = near("in", {"dir"});
  e.packet_evidence->policy_dir = "fwd";
  e.packet->dst = "172.17.0.2";
  CHECK(says(e,
             "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 (before NAT changed it to 10.0.0.1 -> 172.17.0.2 udp 1000 -> 9) came "
             "through the tunnel SA"));
  CHECK(diagnose(e).advice.find("dst 10.0.0.2/32 dir fwd") != std::string::npos);
}

TEST_CASE("policy-selector-mismatch names the field, and both values") {
  Event e = near("in", {"sel.src", "sel.dport"});
  e.evidence->near->policy.sel.src = "10.9.0.0";
  e.evidence->near->policy.sel.src_bits = 16;
  e.evidence->near->policy.sel.upper = {{"dport", 80}};
  e.evidence->near->policy.sel.dport_mask = 0xffff;
  CHECK(diagnose(e).cause == "policy-selector-mismatch");
  CHECK(says(e, "The nearest one, the in policy src 10.9.0.0/16 dst 10.0.0.2/32 dport 80 (priority 0, index 8), wants "
                "src 10.9.0.0/16, and the flow has 10.0.0.1; it wants dport 80, and the flow has 9."));
  CHECK(diagnose(e).advice.find(": ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir in tmpl src 192.0.2.1") !=
        std::string::npos);
  e.evidence->near->differs = {"mark", "sel.src"};
  e.evidence->near->policy.mark = {0x9, 0xff};
  CHECK(diagnose(e).cause == "policy-selector-mismatch");
  CHECK(diagnose(e).advice.find("dir in tmpl") != std::string::npos); // one with that mark would not take it either
  e.evidence->near->differs = {"if_id", "sel.src"};
  e.evidence->near->policy.mark = {};
  e.evidence->near->policy.if_id = 9;
  CHECK(diagnose(e).advice.find("if_id") == std::string::npos);
}

TEST_CASE("a packet of another netns is not held against policies here") {
  Event e = near("in", {"mark"});
  e.evidence->near->policy.mark = {0x9, 0xff};
  e.packet_evidence->secpath->front().netns = kThere;
  CHECK(diagnose(e).cause == "netns-crossed");
}
