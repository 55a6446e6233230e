// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policy that nearly takes a packet, and what keeps it from doing so.
#include "near.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("a near policy takes the flow but for its mark, its if_id, or both") {
  std::vector<Policy> all{here("in")};
  all[0].mark = {0x9, 0xff};
  CHECK(fields(refused(), all) == Fields{"mark"});
  all[0].if_id = 7;
  CHECK(fields(refused(), all) == Fields{"if_id", "mark"});
  all[0].mark = {};
  CHECK(fields(refused(), all) == Fields{"if_id"});
  Event e = refused();
  e.packet_evidence->link = Link{"xfrm", 7};
  CHECK(fields(e, all).empty());
}

TEST_CASE("a near policy is there for the other direction") {
  CHECK(fields(refused(), {here("fwd")}) == Fields{"dir"});
  CHECK(fields(refused(), {here("out")}) == Fields{"none"});
  Event e = refused();
  e.packet_evidence->policy_dir = "fwd";
  CHECK(fields(e, {here("in")}) == Fields{"dir"});
  e.packet_evidence->policy_dir = {}; // it would have been taken: it was the other one
  CHECK(fields(e, {here("in")}) == Fields{"dir"});
  CHECK(fields(e, {here("in"), here("fwd")}).empty());
}

TEST_CASE("a near policy's selector does not take the flow") {
  std::vector<Policy> all{here("in")};
  all[0].sel.dst = "10.0.0.77";
  CHECK(fields(refused(), all) == Fields{"sel.dst"});
  all[0].sel.src = "10.9.0.0";
  CHECK(fields(refused(), all) == Fields{"sel.dst", "sel.src"});
  all[0] = here("in");
  all[0].sel.proto = 6;
  all[0].sel.proto_name = "tcp";
  all[0].sel.upper = {{"dport", 80}};
  all[0].sel.dport_mask = 0xffff;
  CHECK(fields(refused(), all) == Fields{"sel.dport", "sel.proto"});
  all[0] = here("in");
  all[0].sel.dev = Device{4, "eth1"};
  CHECK(fields(refused(), all) == Fields{"sel.dev"});
}

TEST_CASE("the nearest: least of the selector, then the fewest fields, then the longest common prefix") {
  std::vector<Policy> all{here("in"), here("fwd"), here("in"), here("in")};
  all[0].sel.dst = "10.0.0.3";
  all[1].mark = all[2].mark = {0x9, 0xff};
  all[3].sel.dst = "10.99.0.3";
  CHECK(fields(refused(), all) == Fields{"mark"});
  all.erase(all.begin() + 2);
  CHECK(fields(refused(), all) == Fields{"dir", "mark"});
  all.erase(all.begin() + 1);
  CHECK(near_policy(refused(), all)->policy.sel.dst == "10.0.0.3");
  std::swap(all[0], all[1]);
  CHECK(near_policy(refused(), all)->policy.sel.dst == "10.0.0.3");
}

TEST_CASE("a policy that asks for other SAs is not near, however well its selector fits") {
  std::vector<Policy> all{here("fwd")};
  all[0].templates[0].reqid = 7;
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].templates[0].src = "192.0.2.9";
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].templates[0].mode = "transport";
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].templates.clear();
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].action = "block";
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].netns.inum = kThere;
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0] = here("fwd");
  all[0].socket = true;
  CHECK(fields(refused(), all) == Fields{"none"});
}

TEST_CASE("a policy for any SA is near only where an end of the flow is what it is for") {
  std::vector<Policy> all{here("in")};
  all[0].templates[0].reqid = 0;
  all[0].templates[0].src = "0.0.0.0";
  all[0].sel.src = "10.9.9.9";
  CHECK(fields(refused(), all) == Fields{"sel.src"});
  all[0].sel.dst = "10.9.9.8";
  CHECK(fields(refused(), all) == Fields{"none"});
  all[0].templates[0].reqid = 1;
  CHECK(fields(refused(), all) == Fields{"sel.dst", "sel.src"});
}

TEST_CASE("a policy of another family is not near") {
  Policy p = here("fwd");
  p.sel.src = p.sel.dst = "::";
  p.sel.src_bits = p.sel.dst_bits = 0;
  CHECK(fields(refused(), {p}) == Fields{"none"});
}

TEST_CASE("IPv6 in IPv4: the flow's family counts, not that of the tunnel") {
  Event e = refused();
  e.looked_up->src = "2001:db8::1";
  e.looked_up->dst = "2001:db8::2";
  Policy p = here("fwd");
  p.sel.src = "2001:db8::";
  p.sel.dst = "2001:db8::2";
  p.sel.src_bits = 64;
  p.sel.dst_bits = 128;
  CHECK(fields(e, {p}) == Fields{"dir"});
}

TEST_CASE("what is not known does not differ") {
  Event e = refused();
  e.looked_up->mark = {};
  Policy p = here("in");
  p.mark = {0x9, 0xff};
  CHECK(fields(e, {p}).empty());
  e.packet_evidence->policy_dir = {};
  CHECK(fields(e, {p}).empty()); // nor does it tell the direction
}

TEST_CASE("without the flow, the secpath or the mirror nothing is near; nor of a packet in clear") {
  const std::vector<Policy> all{here("fwd")};
  Event e = refused();
  CHECK(wants_near(e));
  e.packet_evidence->secpath.emplace();
  CHECK(fields(e, all) == Fields{"none"});
  e.packet_evidence->secpath = {};
  CHECK_FALSE(wants_near(e));
  CHECK(fields(e, all) == Fields{"none"});
  e = refused();
  e.packet = e.looked_up = {};
  CHECK_FALSE(wants_near(e));
  e = refused();
  e.evidence = {};
  CHECK_FALSE(wants_near(e));
  e = refused();
  e.counter = XfrmInPolBlock;
  CHECK_FALSE(wants_near(e));
}

TEST_CASE("a wider policy took what another one asks for, which wants another mark or if_id") {
  Event e = refused();
  e.counter = XfrmInTmplMismatch;
  Policy wide = here("in"), meant = here("in");
  wide.templates[0].reqid = 99;
  wide.priority = 10;
  meant.mark = {0x9, 0xff};
  meant.priority = 5;
  e.evidence->policy = wide;
  CHECK(fields(e, {wide, meant}) == Fields{"mark"});
  for (const bool joined : {false, true}) { // a policy that the kernel joins with another one says nothing alone
    e.evidence->joined = joined;
    e.evidence->policy->type = joined ? "main" : "sub";
    CHECK(fields(e, {wide, meant}) == Fields{"none"});
  }
  e.evidence->joined = false;
  e.evidence->policy->socket = true; // comes before all others
  CHECK(fields(e, {wide, meant}) == Fields{"none"});
  e.evidence->policy = wide;
  meant.priority = 20; // it would not have been taken either
  CHECK(fields(e, {wide, meant}) == Fields{"none"});
  meant.mark = {};
  meant.if_id = 7; // with which the wider one is not taken
  CHECK(fields(e, {wide, meant}) == Fields{"if_id"});
  meant.dir = "fwd";
  CHECK(fields(e, {wide, meant}) == Fields{"none"});
  meant.dir = "in";
  meant.templates[0].reqid = 5;
  CHECK(fields(e, {wide, meant}) == Fields{"none"});
  meant.templates[0].reqid = 1;
  e.evidence->policy = {};
  CHECK(fields(e, {wide, meant}) == Fields{"none"});
}
