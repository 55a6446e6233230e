// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about neighbour discovery and multicast under a wide policy: with the evidence, without it, and with evidence
// against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Policy wide(const char* any = "::") {
  Policy p = policy("out", {tunnel()});
  p.sel.src = p.sel.dst = any;
  p.sel.src_bits = p.sel.dst_bits = 0;
  p.priority = 10;
  return p;
}

Event flow(const char* dst, std::optional<uint8_t> icmp_type = {}) {
  Event e = event(XfrmOutNoStates, "xfrm_lookup_with_ifid");
  e.packet.emplace();
  e.packet->is_flow = true;
  e.packet->src = std::string_view(dst).find(':') == std::string_view::npos ? "10.0.0.1" : "fd00::1";
  e.packet->dst = dst;
  e.packet->proto = icmp_type ? "ipv6-icmp" : "udp";
  e.packet->icmp_type = icmp_type;
  e.evidence = found(Match::none);
  e.evidence->policy = wide();
  e.evidence->template_at = 0;
  return e;
}

std::string cause(const Event& e) {
  return diagnose(e).cause;
}

} // namespace

TEST_CASE("neighbour-discovery names what it is, the policy, and the policies that let it pass") {
  const Event e = flow("fd00::2", 135);
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(diagnose(e).why ==
        "fd00::1 -> fd00::2 ipv6-icmp is neighbour discovery (ICMPv6 type 135, neighbour solicitation), and the out "
        "policy src ::/0 dst ::/0 (priority 10, index 8) wants it protected: it has to go in clear, as no neighbour is "
        "found without it.");
  CHECK(diagnose(e).advice ==
        "Let it bypass IPsec by a policy of a smaller priority number: for d in in out; do for t in 133 134 135 136 "
        "137; do ip xfrm policy add "
        "src ::/0 dst ::/0 proto ipv6-icmp type $t dir $d action allow priority 9; done; done");
  for (const uint8_t type : {133, 134, 136, 137})
    CHECK(cause(flow("fd00::2", type)) == "neighbour-discovery");
  for (const uint8_t type : {128, 132, 138})
    CHECK(cause(flow("fd00::2", type)) == "sa-missing");
}

TEST_CASE("neighbour-discovery: the bypass has the policy's mark and if_id; there is no number below 0") {
  Event e = flow("ff02::1:ff00:2", 135);
  e.evidence->policy->mark = {0x9, 0xff};
  e.evidence->policy->if_id = 7;
  e.evidence->policy->priority = 0;
  CHECK(diagnose(e).advice.find(
            "action allow priority 0 mark 0x9 mask 0xff if_id 0x7; done; done First give that policy a "
            "priority above 0") != std::string::npos);
}

TEST_CASE("neighbour-discovery: a sub policy is looked up before all main ones, so its bypass is a sub policy, too") {
  Event e = flow("fd00::2", 135);
  CHECK(diagnose(e).advice.find("ptype sub") == std::string::npos);
  e.evidence->policy->type = "sub";
  CHECK(diagnose(e).advice.find("action allow priority 9 ptype sub; done; done") != std::string::npos);
}

TEST_CASE("neighbour-discovery: multicast of both families") {
  Event e = flow("ff02::16");
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(diagnose(e).why.find("is multicast, and the out policy src ::/0 dst ::/0") != std::string::npos);
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy add src ::/0 dst ff00::/8 dir $d action allow priority 9; done"));
  e = flow("224.0.0.251");
  e.evidence->policy = wide("0.0.0.0");
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(diagnose(e).advice.ends_with(
      "ip xfrm policy add src 0.0.0.0/0 dst 224.0.0.0/4 dir $d action allow priority 9; done"));
  e.packet->dst = "223.255.255.255";
  CHECK(cause(e) == "sa-missing");
  CHECK(cause(flow("fe00::1")) == "sa-missing");
}

TEST_CASE("neighbour-discovery: broadcast, where it surely is, both ways") {
  State nearest = sa();
  nearest.reqid = 2;
  Event e = flow("255.255.255.255");
  e.evidence = found(Match::nearest, nearest, {"reqid"});
  e.evidence->policy = wide("0.0.0.0");
  e.evidence->template_at = 0;
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 255.255.255.255 udp is broadcast, and the out policy src 0.0.0.0/0 dst 0.0.0.0/0 (priority 10, "
        "index 8) wants it protected: key managers make no SAs for broadcast.");
  CHECK(diagnose(e).advice.ends_with(
      "ip xfrm policy add src 0.0.0.0/0 dst 255.255.255.255/32 dir $d action allow priority 9; done"));
  for (const char* host : {"10.255.255.255", "10.0.0.255", "255.255.255.254"}) {
    e.packet->dst = host; // a subnet's, perhaps
    CHECK(cause(e) == "template-no-sa");
  }
  e.packet->dst = "255.255.255.255";
  e.evidence->policy->sel.dst = "255.255.255.255";
  e.evidence->policy->sel.dst_bits = 32; // made for it
  CHECK(cause(e) == "template-no-sa");
  e.evidence->policy->sel.dst_bits = 1;
  CHECK(cause(e) == "neighbour-discovery");
  e.evidence->policy->sel.dst = "224.0.0.0";
  e.evidence->policy->sel.dst_bits = 3;
  CHECK(cause(e) == "neighbour-discovery");
  e.evidence->policy = {};
  CHECK(cause(e) == "unknown");
}

TEST_CASE("not neighbour-discovery: a policy that was made for just that") {
  Event e = flow("ff02::16");
  e.evidence->policy->sel.dst = "ff00::";
  e.evidence->policy->sel.dst_bits = 8;
  CHECK(cause(e) == "sa-missing");
  e = flow("fd00::2", 135);
  e.evidence->policy->sel.proto = 58;
  CHECK(cause(e) == "neighbour-discovery");
  e.evidence->policy->sel.upper = {{"type", 135}};
  e.evidence->policy->sel.sport_mask = 0xffff;
  CHECK(cause(e) == "sa-missing");
}

TEST_CASE("neighbour-discovery comes before a tombstone if no SA can have been for it") {
  Event e = flow("ff02::1:ff00:2", 135);
  e.evidence->deleted = gone(How::netlink);
  CHECK(cause(e) == "neighbour-discovery");
  e = flow("fd00::2", 135);
  e.evidence->deleted = gone(How::netlink);
  CHECK(cause(e) == "sa-deleted");
}

TEST_CASE("neighbour-discovery: what is not known") {
  Event e = flow("fd00::2", 135);
  e.evidence->policy = {};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the policy"));
  e.packet = {};
  CHECK(lacks(diagnose(e), "the flow that was looked up"));
  e = flow("fd00::2", 135);
  e.packet->icmp_type = {};
  CHECK(cause(e) == "sa-missing");
}

namespace {

// In clear.
Event inbound(const char* dst, std::optional<uint8_t> icmp_type = {}) {
  Event e = flow(dst, icmp_type);
  e.counter = XfrmInTmplMismatch;
  e.site->function = "__xfrm_policy_check";
  e.packet->is_flow = false;
  e.packet_evidence.emplace().secpath.emplace();
  e.evidence->policy->dir = "in";
  e.evidence->template_at = {};
  return e;
}

} // namespace

TEST_CASE("neighbour-discovery on the way in: in clear, which is not the peer's fault") {
  Event e = inbound("fd00::2", 136);
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(diagnose(e).why ==
        "fd00::1 -> fd00::2 ipv6-icmp is neighbour discovery (ICMPv6 type 136, neighbour advertisement), and the in "
        "policy src ::/0 dst ::/0 (priority 10, index 8) wants it protected: it has to go in clear, as no neighbour is "
        "found without it.");
  CHECK(diagnose(e).advice.find("for d in in out; do for t in") != std::string::npos);
  e.evidence->deleted = gone(How::netlink); // of an SA on the way out
  CHECK(cause(e) == "neighbour-discovery");
  for (const uint8_t type : {130, 131, 132, 143}) // multicast listeners
    CHECK(cause(inbound("ff02::16", type)) == "neighbour-discovery");
  CHECK(cause(inbound("255.255.255.255")) == "neighbour-discovery");
  CHECK(says(inbound("255.255.255.255"), "is broadcast, and the in policy"));
  CHECK(cause(inbound("fd00::2", 128)) == "plaintext");
  CHECK(cause(inbound("fd00::2")) == "plaintext");
}

TEST_CASE("not neighbour-discovery on the way in: through an SA, no IPsec demanded, a policy made for it") {
  Event e = inbound("fd00::2", 135);
  e.packet_evidence->secpath = {through("tunnel", 2)};
  CHECK(cause(e) == "template-mismatch");
  e.packet_evidence->secpath = {};
  CHECK(cause(e) == "unknown");
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e = inbound("fd00::2", 135);
  e.evidence->policy->templates[0].optional = 1;
  CHECK(cause(e) == "unknown");
  e = inbound("ff02::16");
  e.evidence->policy->sel.dst = "ff00::";
  e.evidence->policy->sel.dst_bits = 8;
  CHECK(cause(e) == "plaintext");
}

TEST_CASE("neighbour-discovery on the way in: the policy is not known") {
  Event e = inbound("fd00::2", 135);
  e.evidence->policy = {};
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(lacks(diagnose(e), "the policy"));
  e = inbound("ff02::16");
  e.evidence->policy = {};
  CHECK(cause(e) == "plaintext");
}

TEST_CASE("neighbour-discovery: what is forwarded needs fwd policies, a socket's policy no others") {
  Event e = inbound("fd00::2", 135);
  e.evidence->policy->dir = "fwd";
  CHECK(diagnose(e).advice.find("for d in fwd out; do for t in") != std::string::npos);
  e = inbound("ff0e::16");
  e.evidence->policy->dir = "fwd";
  CHECK(diagnose(e).advice.find("for d in fwd out; do ip xfrm policy add src ::/0 dst ff00::/8") != std::string::npos);
  for (Event own : {inbound("fd00::2", 135), flow("fd00::2", 135), flow("ff02::16")}) {
    own.evidence->policy->socket = true;
    CHECK(cause(own) == "neighbour-discovery");
    CHECK(says(own, "the socket's"));
    CHECK(diagnose(own).advice.find("setsockopt") != std::string::npos);
    CHECK(diagnose(own).advice.find("ip xfrm policy add") == std::string::npos);
  }
}

TEST_CASE("neighbour-discovery: a default to block keeps it out, where no policy takes it") {
  Event e = inbound("fd00::2", 135);
  e.counter = XfrmInNoPols;
  e.evidence->policy = {};
  e.packet_evidence->defaults = DefaultPolicies{"block", "accept", "accept"};
  CHECK(cause(e) == "neighbour-discovery");
  CHECK(says(e, "no in or fwd policy lets it pass"));
  CHECK(diagnose(e).advice == "Let it pass: for d in in out; do for t in 133 134 135 136 137; do ip xfrm policy add "
                              "src ::/0 dst ::/0 proto ipv6-icmp type $t dir $d action allow; done; done");
  e.packet_evidence->policy_dir = "fwd";
  CHECK(diagnose(e).advice.find("for d in fwd out") != std::string::npos);
  e.packet_evidence->policy_dir = "in";
  e.packet->icmp_type = 128;
  CHECK(cause(e) == "default-block");
  e.packet->icmp_type = 135;
  e.packet_evidence->secpath = {through("tunnel")};
  CHECK(cause(e) != "neighbour-discovery");
  e.packet_evidence->secpath = {};
  CHECK(cause(e) == "unknown");
}
