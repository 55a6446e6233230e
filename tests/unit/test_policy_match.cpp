// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policy of a packet, found in the mirror: the one that the kernel would take, or none.
#include "../../user/diagnose/policy_match.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event mismatch() {
  Event e = refused_inbound(XfrmInTmplMismatch);
  e.packet->mark = 0x20;
  return e;
}

Policy here(const char* dir, uint32_t priority) {
  Policy p = policy(dir);
  p.netns.inum = kHere;
  p.priority = priority;
  return p;
}

uint32_t priority(const Event& e, const std::vector<Policy>& all) {
  const auto p = match_policy(e, all);
  return p ? p->priority : ~0u;
}

PacketInfo ipv6() {
  PacketInfo p = udp();
  p.src = "2001:db8::1";
  p.dst = "2001:db8::2";
  return p;
}

// For all flows of its family.
Policy wide(const char* dir, uint32_t priority, const char* any) {
  Policy p = here(dir, priority);
  p.sel.src = p.sel.dst = any;
  p.sel.src_bits = p.sel.dst_bits = 0;
  return p;
}

} // namespace

TEST_CASE("the policy with the smallest priority that fits") {
  std::vector<Policy> all{here("in", 9), here("in", 5), here("out", 1), here("in", 2)};
  all[3].sel.dst = "10.0.0.3";
  CHECK(priority(mismatch(), all) == 5);
  all[1].netns.inum = kThere;
  CHECK(priority(mismatch(), all) == 9);
  all[0].mark = {0x10, 0xf0};
  CHECK_FALSE(match_policy(mismatch(), all));
  all[0].mark = {0x20, 0xf0};
  CHECK(priority(mismatch(), all) == 9);
}

TEST_CASE("a policy is for flows of its family, also where it is for all of them") {
  const std::vector<Policy> all{wide("in", 1, "::"), wide("in", 2, "0.0.0.0")};
  Event e = mismatch();
  CHECK(priority(e, all) == 2);
  e.packet = ipv6();
  CHECK(priority(e, all) == 1);
  e.packet->src = e.packet->dst = {};
  CHECK_FALSE(match_policy(e, all));
}

TEST_CASE("the policy's if_id is that of the interface that the packet came in by") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].if_id = 7;
  Event e = mismatch();
  e.packet_evidence->secpath = {through("tunnel")};
  CHECK(priority(e, all) == 2);
  e.packet_evidence->link = Link{"vti", {}};
  CHECK(priority(e, all) == 2);
  e.packet_evidence->link = Link{"xfrm", 7};
  CHECK(priority(e, all) == 1);
  e.packet_evidence->link->if_id = {}; // collect_md: that of the SA
  e.packet_evidence->secpath->front().if_id = 7;
  CHECK(priority(e, all) == 1);
  e.packet_evidence->secpath->front().if_id = 8;
  CHECK_FALSE(match_policy(e, all));
  e.packet_evidence->secpath.emplace(); // in clear
  CHECK(priority(e, all) == 2);
}

TEST_CASE("where the outcome depends on what is not known, none is offered") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].mark = {0x9, 0xff};
  all[0].templates[0].reqid = 7;
  Event e = mismatch();
  e.packet->mark = {};
  CHECK_FALSE(match_policy(e, all));
  all[0].templates[0].reqid = 1; // they ask for the same
  CHECK(match_policy(e, all));
  all[0].templates[0].reqid = 7;
  all[0].priority = 3; // the other one comes first
  CHECK(priority(e, all) == 2);
  all[0] = here("in", 1);
  all[0].if_id = 7;
  all[0].templates[0].reqid = 7;
  e.packet_evidence->secpath = {through("transport", 5)};
  e.packet_evidence->link = Link{"vrf", {}};
  e.packet_evidence->secpath->front().if_id = 7;
  CHECK_FALSE(match_policy(e, all));
  all[0].if_id = 0;
  all[0].sel.dev = Device{3, {}};
  e.packet_evidence->link = {};
  CHECK_FALSE(match_policy(e, all)); // of a packet it is not known where it goes
  e.looked_up = udp();
  e.looked_up->mark = 0x20;
  e.looked_up->is_flow = true;
  e.looked_up->ifindex = 3;
  CHECK(priority(e, all) == 1);
  e.looked_up->ifindex = 0;
  CHECK(priority(e, all) == 2);
}

TEST_CASE("of two with the same priority the older one is taken, and it is not known which one that is") {
  std::vector<Policy> all{here("in", 5), here("in", 5)};
  CHECK(priority(mismatch(), all) == 5);
  all[1].templates[0].reqid = 2;
  CHECK_FALSE(match_policy(mismatch(), all));
  all[1].priority = 6;
  CHECK(match_policy(mismatch(), all)->templates[0].reqid == 1);
}

TEST_CASE("a failure tells of its policy: templates that are met did not fail, what blocks has none") {
  std::vector<Policy> all{here("in", 5), here("in", 5)};
  all[0].templates[0].reqid = 2;
  Event e = mismatch();
  e.packet_evidence->secpath = {through("transport", 2)};
  CHECK(match_policy(e, all)->templates[0].reqid == 1);
  all[1].action = "block";
  CHECK_FALSE(match_policy(e, all));
}

TEST_CASE("the flow is the one that was looked up, before NAT") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].sel.dst = "172.17.0.2";
  Event e = mismatch();
  e.looked_up = e.packet;
  e.packet->dst = "172.17.0.2";
  CHECK(priority(e, all) == 2);
  e.looked_up = {};
  CHECK(priority(e, all) == 1);
}

TEST_CASE("ICMP's type and code stand for ports; what has no ports has 0; a GRE key is not known") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].sel.proto = 1;
  all[0].sel.proto_name = "icmp";
  all[0].sel.upper = {{"type", 8}};
  all[0].sel.sport_mask = 0xffff;
  all[0].templates[0].reqid = 7;
  Event e = mismatch();
  e.packet->proto = "icmp";
  e.packet->sport = e.packet->dport = {};
  CHECK_FALSE(match_policy(e, all));
  e.packet->icmp_type = 8;
  CHECK(priority(e, all) == 1);
  e.packet->icmp_type = 0;
  CHECK(priority(e, all) == 2);
  all[0].sel.proto = 0;
  all[0].sel.upper = {{"sport", 1000}};
  e.packet->proto = "ospf";
  CHECK(priority(e, all) == 2);
  e.packet->proto = "gre";
  CHECK_FALSE(match_policy(e, all));
}

TEST_CASE("ports are compared under their mask") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].sel.upper = {{"sport", 1024}};
  all[0].sel.sport_mask = 0xfc00;
  Event e = mismatch();
  CHECK(priority(e, all) == 2);
  e.packet->sport = 1500;
  CHECK(priority(e, all) == 1);
}

TEST_CASE("the direction is the one that was looked up; not known, it may be either") {
  std::vector<Policy> all{here("fwd", 7), here("in", 9)};
  Event e = mismatch();
  CHECK(match_policy(e, all)->dir == "in");
  e.packet_evidence->policy_dir = "fwd";
  CHECK(match_policy(e, all)->dir == "fwd");
  all[1].templates[0].reqid = 2;
  CHECK(match_policy(e, all)->dir == "fwd");
  e.packet_evidence->policy_dir = {};
  CHECK_FALSE(match_policy(e, all));
  all.pop_back();
  CHECK(match_policy(e, all)->dir == "fwd");
}

TEST_CASE("a sub policy comes before main ones, and both have to be met") {
  std::vector<Policy> all{here("in", 1), here("in", 9)};
  all[1].type = "sub";
  CHECK(match_policy(mismatch(), all));
  all[1].templates[0].reqid = 2;
  CHECK_FALSE(match_policy(mismatch(), all));
  all.erase(all.begin());
  CHECK(match_policy(mismatch(), all)->type == "sub");
}

TEST_CASE("a socket's policy may have been the one; one that lets all pass was not") {
  std::vector<Policy> all{here("in", 1), here("in", 0)};
  all[1].socket = true;
  all[1].templates.clear();
  CHECK(priority(mismatch(), all) == 1);
  all[1].templates = {tunnel()};
  CHECK_FALSE(match_policy(mismatch(), all));
}

TEST_CASE("a policy that came after the packet did not take it") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].added = by_ip(How::netlink);
  all[0].added.mono_ns = kNowMono + 1;
  CHECK(priority(mismatch(), all) == 2);
  all[0].added.how = How::listed; // when it was met for the first time
  CHECK(priority(mismatch(), all) == 1);
}

TEST_CASE("a security context, or a card that applies the policy, decides in its own way") {
  std::vector<Policy> all{here("in", 1), here("in", 2)};
  all[0].security = true;
  all[0].templates[0].reqid = 7;
  CHECK_FALSE(match_policy(mismatch(), all));
  all[0].security = false;
  CHECK(priority(mismatch(), all) == 1);
  all[1].offload = Offload{{3, {}}, "in", "packet"};
  CHECK_FALSE(match_policy(mismatch(), all));
}

TEST_CASE("a policy is looked for where it failed and is not known") {
  Event e = mismatch();
  CHECK(wants_policy(e));
  e.evidence->policy = policy("in");
  CHECK_FALSE(wants_policy(e));
  e = mismatch();
  e.counter = XfrmInNoPols;
  CHECK_FALSE(wants_policy(e));
  e.counter = XfrmOutBundleGenError;
  CHECK(wants_policy(e));
  e.counter = XfrmInPolBlock;
  CHECK(wants_policy(e));
  e.evidence->policy = policy("in");
  CHECK(wants_policy(e)); // the first one of two, which allows
  e.evidence->policy->action = "block";
  CHECK_FALSE(wants_policy(e));
  e = mismatch();
  e.packet = {};
  CHECK_FALSE(wants_policy(e));
}

TEST_CASE("of what was blocked, the policy that blocks, if the kernel would have come to it") {
  Event e = mismatch();
  e.counter = XfrmInPolBlock;
  std::vector<Policy> all{here("in", 9), here("in", 9)};
  CHECK_FALSE(match_policy(e, all));
  all[1].action = "block";
  CHECK(match_policy(e, all)->action == "block");
  all[0].priority = 1; // and that one allows
  CHECK_FALSE(match_policy(e, all));
  all[0].type = "sub"; // the second one of two
  CHECK(match_policy(e, all)->action == "block");
  e.packet_evidence->policy_dir = "fwd";
  all[0].dir = "fwd"; // for which the kernel looks in direction in
  CHECK(match_policy(e, all)->action == "block");
  e.counter = XfrmOutPolBlock;
  CHECK_FALSE(match_policy(e, all));
  all[1].dir = "out";
  CHECK(match_policy(e, all)->action == "block");
}
