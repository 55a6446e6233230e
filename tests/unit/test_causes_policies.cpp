// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes about inbound policies: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("plaintext") {
  Event e = mismatch({}, {transport()});
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(diagnose(e).why == "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came in clear, but the in policy src 10.0.0.1/32 dst "
                           "10.0.0.2/32 (priority 0, index 8) demands esp transport reqid 1.");
  e.evidence->policy->templates[0].optional = 1;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->secpath = {};
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
}

TEST_CASE("sentences go by the flow that was looked up, and tell what NAT made of it") {
  Event e = mismatch({}, {transport()});
  e.looked_up = udp();
  CHECK(says(e, "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came in clear"));
  e.packet->dst = "172.17.0.2";
  CHECK(says(e, "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 (before NAT changed it to 10.0.0.1 -> 172.17.0.2 udp 1000 -> 9) "
                "came in clear"));
}

TEST_CASE("an IPv6 address at a sentence's beginning stays as it is") {
  Event e = mismatch({}, {transport()});
  e.packet->src = "fd00::1";
  CHECK(diagnose(e).why.starts_with("fd00::1 -> 10.0.0.2"));
  e.packet = {};
  CHECK(diagnose(e).why.starts_with("A packet came in clear"));
}

TEST_CASE("plaintext without the policy says that it lacks") {
  Event e = mismatch({}, {});
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("template-mismatch names the first field that differs, and both values") {
  Event e = mismatch({through("transport", 2)}, {transport()});
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came through the SA esp spi 0x00000101 with reqid 2, but "
        "the template of the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) demands "
        "reqid 1.");
  CHECK(says(mismatch({through("tunnel", 2)}, {transport()}), "with mode tunnel, but"));
  Template other = tunnel();
  CHECK(says(mismatch({through("tunnel")}, {other}), "with src 10.0.0.1, but"));
  other.src = "0.0.0.0";
  other.proto = "ah";
  CHECK(says(mismatch({through("tunnel")}, {other}), "with proto esp, but"));
  other.proto = "esp";
  other.spi = 0x202;
  CHECK(says(mismatch({through("tunnel")}, {other}), "with spi 0x00000101, but"));
  e = mismatch({through("transport")}, {transport()});
  e.evidence->policy->if_id = 7;
  CHECK(says(e, "with if_id 0x0, but"));
}

TEST_CASE("template-mismatch: SAs and templates of different number") {
  const auto pair = std::vector<Template>{transport(), transport()};
  CHECK(says(mismatch({through("transport")}, pair),
             "came through one SA, and none is left for template 1 (esp transport reqid 1) of 2 of the in policy"));
  CHECK(says(mismatch({through("tunnel")}, {}), "came through the tunnel SA esp spi 0x00000101, but"));
  CHECK(diagnose(mismatch({through("tunnel")}, {}))
            .advice.starts_with("Give the policy a template for the SA (proto esp mode tunnel reqid 1)"));
}

TEST_CASE("not template-mismatch: all templates are met; optional ones need not be") {
  CHECK(diagnose(mismatch({through("transport")}, {transport()})).cause == "unknown");
  Template optional = transport();
  optional.optional = 1;
  CHECK(diagnose(mismatch({through("transport")}, {optional, transport()})).cause == "unknown");
  Template open = transport();
  open.reqid = 0;
  CHECK(diagnose(mismatch({through("transport", 2)}, {open})).cause == "unknown");
}

TEST_CASE("template-mismatch needs the policy") {
  Event e = mismatch({through("transport")}, {});
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("template-mismatch: the template and the SA that the kernel met") {
  Template inner = transport(), outer = tunnel();
  inner.reqid = 5;
  Event e = mismatch({through("tunnel"), through("transport", 6)}, {inner, outer});
  e.packet_evidence->secpath->front().src = "192.0.2.1";
  CHECK(
      says(e, "the SA esp spi 0x00000101 with reqid 6, but template 1 (esp transport reqid 5) of 2 of the in policy"));
  e.evidence->template_at = 0;
  e.evidence->secpath_at = 1;
  CHECK(says(e, "with reqid 6, but template 1 (esp transport reqid 5)"));
  e.evidence->secpath_at = {};
  CHECK(says(e, "came through 2 SAs, and none is left for template 1 (esp transport reqid 5)"));
  e.evidence->template_at = 2;
  e.evidence->secpath_at = 0;
  CHECK(says(e, "came through the tunnel SA esp spi 0x00000101, but the in policy"));
  e.evidence->template_at = 1; // that one is met, but for the algorithm
  e.evidence->policy->templates[1].auth_mask = 0xf;
  e.evidence->policy->templates[1].src = "192.0.2.1";
  e.packet_evidence->secpath->front().aalgo = 5;
  CHECK(says(e, "with auth-mask 00000020, but template 2 (esp tunnel reqid 1)"));
}

TEST_CASE("template-mismatch: optional templates, the kernel's own SAs, sources") {
  Template use = tunnel();
  use.optional = 1;
  use.reqid = 9;
  CHECK(says(mismatch({through("transport", 2)}, {transport(), use}), "with reqid 2"));
  CHECK(diagnose(mismatch({through("transport")}, {transport(), use})).cause == "unknown"); // all is met
  SecpathEntry helper = through("tunnel", 0);
  helper.proto = "4";
  CHECK(
      says(mismatch({helper}, {tunnel()}), "an SA that the kernel made for what comes uncompressed, but the template"));
  Template any = tunnel();
  any.src = "0.0.0.0";
  CHECK(diagnose(mismatch({through("tunnel")}, {any})).cause == "unknown");
  any.src = "::";
  SecpathEntry six = through("tunnel");
  six.src = "2001:db8::9";
  CHECK(diagnose(mismatch({six}, {any})).cause == "unknown");
  any.src = "2001:db8::1"; // of an IPv4 flow the kernel compares four bytes only
  CHECK(diagnose(mismatch({six}, {any})).cause == "unknown");
  any.src = "2001:db9::1";
  CHECK(says(mismatch({six}, {any}), "with src 2001:db8::9"));
  any.proto = "ipsec-any"; // which the kernel compares like any other
  any.src = "::";
  CHECK(says(mismatch({six}, {any}), "with proto esp"));
}

TEST_CASE("the last template is that of the outermost SA") {
  Template ah = transport();
  ah.proto = "ah";
  SecpathEntry outer = through("transport"), inner = through("transport");
  outer.proto = "ah";
  CHECK(diagnose(mismatch({outer, inner}, {transport(), ah})).cause == "unknown");
  CHECK(diagnose(mismatch({inner, outer}, {transport(), ah})).cause == "template-mismatch");
}

TEST_CASE("no-inbound-policy: the flow came out of the innermost tunnel") {
  Event e = checked(XfrmInNoPols);
  e.evidence->policies_known = true;
  SecpathEntry inner = through("tunnel", 2), last = through("transport", 3);
  inner.spi = 0x202;
  last.spi = 0x303;
  e.packet_evidence->secpath = {through("tunnel"), inner, last};
  CHECK(diagnose(e).cause == "no-inbound-policy");
  CHECK(says(e, "Out of the tunnel SA esp spi 0x00000202 came"));
}

TEST_CASE("no-inbound-policy: no policy comes near") {
  Event e = checked(XfrmInNoPols);
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e.packet_evidence->secpath = {through("tunnel")};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the netns' policies"));
  e.evidence->policies_known = true;
  CHECK(diagnose(e).cause == "no-inbound-policy");
  CHECK(diagnose(e).why == "Out of the tunnel SA esp spi 0x00000101 came 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9, which no "
                           "in or fwd policy takes; nor does one that asks for this SA come near.");
  e.packet_evidence->policy_dir = "fwd";
  CHECK(says(e, "which no fwd policy takes"));
  CHECK(diagnose(e).advice == "Add the fwd policy for the flow: ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir "
                              "fwd tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 1 mode tunnel");
  e.packet_evidence->secpath->front().if_id = 7;
  CHECK(says(e, "(if_id 0x7)"));
  e.evidence->near = NearPolicy{policy("fwd"), {}};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "why the fwd policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) did not take"));
  e.evidence->near->policy.mark = {0x9, 0xff}; // and the packet's mark is not known
  CHECK(lacks(diagnose(e), "the flow's mark"));
  e.evidence->near = {};
  e.packet = {};
  CHECK(lacks(diagnose(e), "the flow that was looked up"));
  e.packet_evidence->secpath->front().netns = {};
  CHECK(lacks(diagnose(e), "the netns of the SA"));
  e.packet_evidence->secpath = {through("transport")};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("default-block") {
  Event e = checked(XfrmInNoPols);
  e.packet_evidence->secpath.emplace();
  CHECK(lacks(diagnose(e), "default policies"));
  e.packet_evidence->defaults = DefaultPolicies{"block", "accept", "accept"};
  CHECK(diagnose(e).cause == "default-block");
  CHECK(says(e, "this netns' default for in is to block."));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault in accept."));
  e.packet_evidence->defaults->fwd = "block";
  CHECK(says(e, "for in and fwd"));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault in accept fwd accept."));
  e.packet_evidence->policy_dir = "fwd";
  CHECK(says(e, "this netns' default for fwd is to block."));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault fwd accept."));
  e.packet_evidence->defaults->fwd = "accept";
  CHECK(diagnose(e).cause == "unknown"); // what is looked up in direction in is blocked, this was not
  e.packet_evidence->policy_dir = {};
  e.packet_evidence->defaults = DefaultPolicies{"accept", "block", "accept"};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("netns-crossed") {
  Event e = checked(XfrmInNoPols);
  e.packet_evidence->secpath = {through("tunnel")};
  e.packet_evidence->secpath->front().netns = kThere;
  CHECK(diagnose(e).cause == "netns-crossed");
  CHECK(says(e, "in netns 4026532111 and was then handed to netns b"));
  e.evidence->state = sa();
  e.evidence->state->netns = {kThere, "a"};
  CHECK(says(e, "in netns a and was then handed to netns b"));
}

TEST_CASE("policy-block") {
  Event e = checked(XfrmInPolBlock);
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence->policy = policy("in", {});
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->policy->action = "block";
  e.evidence->policy->added = by_ip(How::netlink, 12'000'000'000);
  CHECK(diagnose(e).cause == "policy-block");
  CHECK(diagnose(e).why ==
        "The in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8), added 12 s ago by ip[301] "
        "(netlink) blocks 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9.");
  e.counter = XfrmOutPolBlock;
  CHECK(diagnose(e).cause == "policy-block");
}

TEST_CASE("policy-expired") {
  Event e = checked(XfrmInPolError);
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence->policy = policy("in");
  e.evidence->policy->limits.hard_bytes = 100;
  e.evidence->policy->used.bytes = 99;
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->policy->used.bytes = 100;
  CHECK(diagnose(e).cause == "policy-expired");
  CHECK(says(e, "its hard limit of 100 bytes (100 used)"));
}
