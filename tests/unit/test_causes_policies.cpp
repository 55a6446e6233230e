// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes that lie in policies, on the way in: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event checked(uint8_t counter) {
  Event e = event(counter, "__xfrm_policy_check");
  e.packet = udp();
  e.evidence = found(Match::none);
  e.clues.emplace();
  return e;
}

Event mismatch(std::vector<SecpathEntry> secpath, std::vector<Template> templates) {
  Event e = checked(XfrmInTmplMismatch);
  e.clues->secpath = std::move(secpath);
  e.evidence->policy = policy("in", std::move(templates));
  return e;
}

} // namespace

TEST_CASE("plaintext") {
  Event e = mismatch({}, {transport()});
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(diagnose(e).why == "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came in clear, but the in policy src 10.0.0.1/32 dst "
                           "10.0.0.2/32 (priority 0, index 8) demands esp transport reqid 1.");
  e.evidence->policy->templates[0].optional = 1;
  CHECK(diagnose(e).cause == "unknown");
  e.clues->secpath = {};
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
  e.clues->secpath->front().src = "192.0.2.1";
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
  e.clues->secpath->front().aalgo = 5;
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

TEST_CASE("no-inbound-policy: no policy comes near") {
  Event e = checked(XfrmInNoPols);
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e.clues->secpath = {through("tunnel")};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the netns' policies"));
  e.evidence->policies_known = true;
  CHECK(diagnose(e).cause == "no-inbound-policy");
  CHECK(diagnose(e).why == "Out of the tunnel SA esp spi 0x00000101 came 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9, which no "
                           "in or fwd policy takes; nor does one that asks for this SA come near.");
  e.clues->policy_dir = "fwd";
  CHECK(says(e, "which no fwd policy takes"));
  CHECK(diagnose(e).advice == "Add the fwd policy for the flow: ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir "
                              "fwd tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 1 mode tunnel");
  e.clues->secpath->front().if_id = 7;
  CHECK(says(e, "(if_id 0x7)"));
  e.evidence->near = NearPolicy{policy("fwd"), {}};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "why the fwd policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) did not take"));
  e.evidence->near->policy.mark = {0x9, 0xff}; // and the packet's mark is not known
  CHECK(lacks(diagnose(e), "the flow's mark"));
  e.evidence->near = {};
  e.packet = {};
  CHECK(lacks(diagnose(e), "the flow that was looked up"));
  e.clues->secpath->front().netns = {};
  CHECK(lacks(diagnose(e), "the netns of the SA"));
  e.clues->secpath = {through("transport")};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("default-block") {
  Event e = checked(XfrmInNoPols);
  e.clues->secpath.emplace();
  CHECK(lacks(diagnose(e), "default policies"));
  e.clues->defaults = DefaultPolicies{"block", "accept", "accept"};
  CHECK(diagnose(e).cause == "default-block");
  CHECK(says(e, "this netns' default for in is to block."));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault in accept."));
  e.clues->defaults->fwd = "block";
  CHECK(says(e, "for in and fwd"));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault in accept fwd accept."));
  e.clues->policy_dir = "fwd";
  CHECK(says(e, "this netns' default for fwd is to block."));
  CHECK(diagnose(e).advice.ends_with("ip xfrm policy setdefault fwd accept."));
  e.clues->defaults->fwd = "accept";
  CHECK(diagnose(e).cause == "unknown"); // what is looked up in direction in is blocked, this was not
  e.clues->policy_dir = {};
  e.clues->defaults = DefaultPolicies{"accept", "block", "accept"};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("netns-crossed") {
  Event e = checked(XfrmInNoPols);
  e.clues->secpath = {through("tunnel")};
  e.clues->secpath->front().netns = kThere;
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

namespace {

// Of IPComp in tunnel mode within ESP, where the packet was too small to be compressed.
Event uncompressed() {
  Template comp = tunnel();
  comp.proto = "comp";
  comp.reqid = 2;
  SecpathEntry helper = through("tunnel", 0);
  helper.proto = "4";
  helper.src = "192.0.2.1";
  return mismatch({through("transport"), helper}, {comp, transport()});
}

Event near(const char* dir, std::vector<std::string> differs) {
  Event e = checked(XfrmInNoPols);
  e.looked_up = udp();
  e.looked_up->mark = 0;
  e.clues->policy_dir = "in";
  e.clues->secpath = {through("tunnel")};
  e.evidence->policies_known = true;
  e.evidence->near = NearPolicy{policy(dir, {tunnel()}), std::move(differs)};
  return e;
}

} // namespace

TEST_CASE("compression-optional") {
  Event e = uncompressed();
  CHECK(diagnose(e).cause == "compression-optional");
  CHECK(
      diagnose(e).why ==
      "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came uncompressed, as packets do that compression would not make smaller, "
      "but the template comp tunnel reqid 2 of the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) is "
      "required.");
  CHECK(diagnose(e).advice ==
        "Give the comp template level use: ip xfrm policy update src 10.0.0.1/32 dst 10.0.0.2/32 dir in tmpl src "
        "192.0.2.1 dst 192.0.2.2 proto comp reqid 2 mode tunnel level use tmpl src 0.0.0.0 dst 0.0.0.0 proto esp reqid "
        "1 mode transport");
  e.evidence->template_at = 0;
  e.evidence->secpath_at = 1;
  CHECK(diagnose(e).cause == "compression-optional");
  e.evidence->policy->templates[0].mode = "transport"; // where the kernel makes no SA of its own
  e.clues->secpath->pop_back();
  e.evidence->secpath_at = {};
  CHECK(diagnose(e).cause == "compression-optional");
}

TEST_CASE("not compression-optional: another template is not met either, or the packet was compressed") {
  Event e = uncompressed();
  e.evidence->policy->templates[1].reqid = 9;
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.clues->secpath->back().src = "192.0.2.9"; // of another tunnel
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.clues->secpath->back().proto = "comp";
  CHECK(diagnose(e).cause == "template-mismatch");
  e = uncompressed();
  e.evidence->policy = {};
  CHECK(lacks(diagnose(e), "the policy"));
}

namespace {

Policy for_all(const char* dir) {
  Policy p = policy(dir, {tunnel()});
  p.sel.src = p.sel.dst = "0.0.0.0";
  p.sel.src_bits = p.sel.dst_bits = 0;
  return p;
}

// Of policies for all addresses in both directions.
Event either_way() {
  Event e = mismatch({}, {tunnel()});
  e.evidence->policy = for_all("fwd");
  e.evidence->near = NearPolicy{for_all("out"), {"dir"}};
  e.clues->policy_dir = "fwd";
  return e;
}

} // namespace

TEST_CASE("forward-into-tunnel, plaintext: policies that tell the directions apart settle it") {
  Event e = either_way();
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "whether 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came in clear instead of through the tunnel, or "
                           "was on its way into it: the fwd policy src 0.0.0.0/0 dst 0.0.0.0/0 (priority 0, index 8) "
                           "and the out policy"));
  Policy& out = e.evidence->near->policy;
  out.sel.dst = "10.0.0.2";
  out.sel.dst_bits = 32; // and 10.0.0.1 is not there
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  out.sel.dst = "10.0.0.0";
  out.sel.dst_bits = 24; // both are there
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->policy->sel.src = "10.0.0.1";
  e.evidence->policy->sel.src_bits = 32;
  CHECK(diagnose(e).cause == "plaintext");
  out.sel.dst_bits = 31; // the two policies contradict each other
  out.sel.dst = "10.0.0.2";
  CHECK(diagnose(e).cause == "unknown");
  e.packet->src = {};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("forward-into-tunnel, plaintext: else the device that has the tunnel's end does") {
  Event e = either_way();
  e.clues->addresses = DeviceAddresses{{"10.0.0.254"}, {"198.51.100.7", "192.0.2.1"}, true};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  CHECK(says(e,
             "it was on its way into the tunnel. The tunnel's end 192.0.2.1 is on the device that it would leave by, "
             "not on that which it came in by. Before that"));
  std::swap(e.clues->addresses->in, e.clues->addresses->out);
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(says(e, "demands esp tunnel reqid 1. The tunnel's end 192.0.2.1 is on the device that it came in by"));
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "plaintext");
  e = either_way();
  e.clues->addresses = DeviceAddresses{{"192.0.2.1"}, {"192.0.2.1"}, true}; // one arm
  CHECK(diagnose(e).cause == "unknown");
  e.clues->addresses->in = {"10.0.0.254"};
  e.clues->addresses->all = false;
  CHECK(diagnose(e).cause == "unknown");
  e.clues->addresses->all = true;
  e.evidence->near->policy.templates[0].src = "0.0.0.0"; // the end is that of the kernel's route
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->near->policy.templates = {transport()};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("forward-into-tunnel, plaintext: the same of IPv6") {
  Event e = either_way();
  e.packet->src = "fd00::1";
  e.packet->dst = "fd01::1";
  Policy& out = e.evidence->near->policy;
  for (Policy* p : {&out, &*e.evidence->policy})
    p->sel.src = p->sel.dst = "::";
  out.templates[0].src = "2001:db8::1";
  CHECK(diagnose(e).cause == "unknown");
  e.clues->addresses = DeviceAddresses{{"fd00::ffff", "fe80::1"}, {"2001:db8::1"}, true};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  e.clues->addresses = {};
  out.sel.src = "fd00::";
  out.sel.src_bits = 64;
  CHECK(diagnose(e).cause == "forward-into-tunnel");
}

TEST_CASE("forward-into-tunnel") {
  Event e = mismatch({}, {tunnel()});
  e.evidence->policy = for_all("fwd");
  CHECK(diagnose(e).cause == "plaintext");
  e.evidence->near = NearPolicy{policy("out", {tunnel()}), {"dir"}};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 is forwarded, and the out policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority "
        "0, index 8) is to protect it (esp tunnel reqid 1): it was on its way into the tunnel. Before that it met the "
        "fwd policy src 0.0.0.0/0 dst 0.0.0.0/0 (priority 0, index 8) (esp tunnel reqid 1), which is meant for what "
        "comes out of it.");
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  e.clues->secpath = {through("tunnel")};
  CHECK(diagnose(e).cause == "unknown");
  e.clues->secpath = {};
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
}

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
  e.clues->link = Link{"vti", {}, "vti1"};
  CHECK(says(e, "and the flow has 0x0, which is the ikey of vti1."));
  CHECK(diagnose(e).advice ==
        "Give the VTI the ikey that the policy wants as mark: ip link set dev vti1 type vti ikey 9.");
  e.clues->link->kind = "vti6";
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
  e.clues->secpath->front().if_id = 42;
  CHECK(says(e, "The SA has if_id 0x2a."));
  CHECK(diagnose(e).advice.find("ip link add ipsec42 type xfrm if_id 42") != std::string::npos);
  e.clues->link = Link{"xfrm", 8};
  e.clues->secpath->front().if_id = 8;
  CHECK(says(e, "looked up with 0x8. The SA has if_id 0x8."));
  CHECK(diagnose(e).advice.find("Give the SA esp spi 0x00000101 if_id 42 ") == 0);
  e.evidence->near->policy.if_id = 0;
  CHECK(says(e, "wants if_id 0x0, and policies were looked up with 0x8."));
  CHECK(diagnose(e).advice.find("Give the policy the if_id of the interface and the SA, 8,") == 0);
}

TEST_CASE("no-fwd-policy and no-in-policy name the one that is there, and what to add") {
  Event e = near("in", {"dir"});
  e.clues->policy_dir = "fwd";
  e.evidence->near->policy.priority = 5;
  e.evidence->near->policy.mark = {0x9, 0xff};
  CHECK(diagnose(e).cause == "no-fwd-policy");
  CHECK(says(e,
             "and no fwd policy takes it. The nearest one, the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 5, "
             "index 8), is for direction in only."));
  CHECK(diagnose(e).advice == "Add that policy for direction fwd, too: ip xfrm policy add src 10.0.0.1/32 dst "
                              "10.0.0.2/32 dir fwd mark 0x9 mask "
                              "0xff priority 5 tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel");
  e.clues->policy_dir = {};
  CHECK(diagnose(e).cause == "no-fwd-policy");
  e = near("fwd", {"dir"});
  CHECK(diagnose(e).cause == "no-in-policy");
  CHECK(says(e, "and no in policy takes it. The nearest one, the fwd policy"));
}

TEST_CASE("the policies are those of the flow before NAT") {
  Event e = near("in", {"dir"});
  e.clues->policy_dir = "fwd";
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
  e.clues->secpath->front().netns = kThere;
  CHECK(diagnose(e).cause == "netns-crossed");
}

TEST_CASE("compression-optional: IPComp alone in transport mode, of a packet too small to be compressed") {
  Event e = event(XfrmInTmplMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.packet->len = 60;
  e.clues.emplace().secpath.emplace();
  e.evidence = found(Match::none);
  Template comp = transport();
  comp.proto = "comp";
  e.evidence->policy = policy("in", {comp});
  CHECK(diagnose(e).cause == "compression-optional");
  comp.mode = "tunnel"; // which would be there, compressed or not
  e.evidence->policy = policy("in", {comp});
  CHECK(diagnose(e).cause == "plaintext");
  comp.mode = "transport";
  e.evidence->policy = policy("in", {comp});
  e.packet->len = 110;
  CHECK(diagnose(e).cause == "plaintext");
  e.packet->len = {};
  CHECK(diagnose(e).cause == "plaintext");
  e.packet->len = 60;
  e.evidence->policy->templates.push_back(transport());
  CHECK(diagnose(e).cause == "plaintext");
}
