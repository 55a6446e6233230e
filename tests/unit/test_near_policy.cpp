// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policy that nearly takes a packet, and what keeps it from that.
#include "../../user/diagnose/near_policy.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

using Fields = std::vector<std::string>;

// Out of the tunnel from 192.0.2.1 came 10.0.0.1 -> 10.0.0.2, for this host.
Event refused() {
  Event e = event(XfrmInNoPols, "__xfrm_policy_check");
  e.packet = udp();
  e.looked_up = udp();
  e.looked_up->mark = 0;
  e.looked_up->is_flow = true;
  e.looked_up->ifindex = 1;
  e.evidence = found(Match::none);
  e.clues.emplace();
  e.clues->policy_dir = "in";
  e.clues->secpath = {through("tunnel")};
  e.clues->secpath->front().src = "192.0.2.1";
  return e;
}

Policy here(const char* dir) {
  Policy p = policy(dir, {tunnel()});
  p.netns.inum = kHere;
  return p;
}

Fields fields(const Event& e, const std::vector<Policy>& all) {
  const auto near = near_policy(e, all);
  return near ? near->differs : Fields{"none"};
}

} // namespace

TEST_CASE("a near policy takes the flow but for its mark, its if_id, or both") {
  std::vector<Policy> all{here("in")};
  all[0].mark = {0x9, 0xff};
  CHECK(fields(refused(), all) == Fields{"mark"});
  all[0].if_id = 7;
  CHECK(fields(refused(), all) == Fields{"if_id", "mark"});
  all[0].mark = {};
  CHECK(fields(refused(), all) == Fields{"if_id"});
  Event e = refused();
  e.clues->link = Link{"xfrm", 7};
  CHECK(fields(e, all).empty());
}

TEST_CASE("a near policy is there for the other direction") {
  CHECK(fields(refused(), {here("fwd")}) == Fields{"dir"});
  CHECK(fields(refused(), {here("out")}) == Fields{"none"});
  Event e = refused();
  e.clues->policy_dir = "fwd";
  CHECK(fields(e, {here("in")}) == Fields{"dir"});
  e.clues->policy_dir = {}; // it would have been taken: it was the other one
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
  e.clues->policy_dir = {};
  CHECK(fields(e, {p}).empty()); // nor does it tell the direction
}

TEST_CASE("without the flow, the secpath or the mirror nothing is near; nor of a packet in clear") {
  const std::vector<Policy> all{here("fwd")};
  Event e = refused();
  CHECK(wants_near(e));
  e.clues->secpath.emplace();
  CHECK(fields(e, all) == Fields{"none"});
  e.clues->secpath = {};
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

TEST_CASE("what is forwarded in clear and meets a fwd policy: the out policy that waits for it") {
  Event e = refused();
  e.counter = XfrmInTmplMismatch;
  e.clues->policy_dir = "fwd";
  e.clues->secpath.emplace();
  e.evidence->policy = here("fwd");
  Policy out = here("out");
  CHECK(near_policy(e, std::vector{out})->policy.dir == "out");
  CHECK(fields(e, {out}) == Fields{"dir"});
  out.mark = {0x9, 0xff};
  CHECK(fields(e, {out}).empty()); // it may be marked on its way: by a VTI's okey, by nftables
  e.looked_up->mark = 0x109;
  CHECK(fields(e, {out}) == Fields{"dir"});
  e.looked_up->mark = {};
  CHECK(fields(e, {out}).empty()); // it may
  out.mark = {};
  out.sel.dst = "10.0.0.9";
  CHECK(fields(e, {out}) == Fields{"none"});
  out = here("out");
  out.templates[0].optional = 1;
  CHECK(fields(e, {out}) == Fields{"none"});
  Policy bypass = here("out");
  bypass.templates.clear();
  bypass.priority = 1;
  out = here("out");
  out.priority = 2;
  CHECK(fields(e, {out, bypass}) == Fields{"none"}); // it was on its way past the tunnel
  e.clues->policy_dir = "in";
  e.evidence->policy = here("in");
  CHECK(fields(e, {out}) == Fields{"none"});
}

namespace {

// For 10.0.0.0/24 both ways: only the tunnel's end and the devices tell which side a packet is from.
Policy wide(const char* dir, const char* end, uint32_t index) {
  Policy p = here(dir);
  p.sel.src = p.sel.dst = "10.0.0.0";
  p.sel.src_bits = p.sel.dst_bits = 24;
  p.templates[0].src = end;
  p.index = index;
  return p;
}

// Forwarded in clear from one device to another one.
Event forwarded(std::vector<std::string> came_by, std::vector<std::string> leaves_by) {
  Event e = refused();
  e.counter = XfrmInTmplMismatch;
  e.clues->policy_dir = "fwd";
  e.clues->secpath.emplace();
  e.clues->addresses = DeviceAddresses{std::move(came_by), std::move(leaves_by), true};
  e.evidence->policy = wide("fwd", "192.0.2.2", 10);
  return e;
}

std::string cause(Event e, const std::vector<Policy>& all) {
  e.evidence->near = near_policy(e, all);
  return diagnose(e).cause;
}

} // namespace

TEST_CASE("two out policies of one priority: told where they agree in the side that the packet is from") {
  const std::vector<Policy> both{wide("out", "192.0.2.1", 9), wide("out", "192.0.2.9", 17)};
  const Event inward = forwarded({"10.0.0.9"}, {"192.0.2.1", "192.0.2.9"});
  CHECK(fields(inward, both) == Fields{"dir"});
  CHECK(near_policy(inward, both)->policy.index == 9);
  CHECK(cause(inward, both) == "forward-into-tunnel");
  CHECK(cause(forwarded({"192.0.2.1", "192.0.2.9"}, {"10.0.0.9"}), both) == "plaintext");
  const Event either = forwarded({"192.0.2.1"}, {"192.0.2.9"});
  CHECK(fields(either, both).empty());
  CHECK(cause(either, both) == "unknown");
}

TEST_CASE("two out policies of one priority, one of which lets the packet pass in clear") {
  std::vector<Policy> both{wide("out", "192.0.2.1", 9), wide("out", "192.0.2.1", 17)};
  both[1].templates.clear();
  CHECK(cause(forwarded({"10.0.0.9"}, {"192.0.2.1"}), both) == "unknown");
  CHECK(cause(forwarded({"192.0.2.1"}, {"10.0.0.9"}), both) == "plaintext"); // whichever it is
  both[0].priority = 1;
  CHECK(cause(forwarded({"10.0.0.9"}, {"192.0.2.1"}), both) == "plaintext"); // its way is in clear
  std::swap(both[0].priority, both[1].priority);
  CHECK(cause(forwarded({"10.0.0.9"}, {"192.0.2.1"}), both) == "forward-into-tunnel");
}

TEST_CASE("an out policy that may wait for the packet: by its device, its mark, an xfrm interface, type sub") {
  std::vector<Policy> all{wide("out", "192.0.2.1", 9)};
  Event e = forwarded({"10.0.0.9"}, {"192.0.2.1"});
  all[0].sel.dev = Device{7, "wan"};
  CHECK(cause(e, all) == "unknown");
  all[0] = wide("out", "192.0.2.1", 9);
  all[0].if_id = 42;
  CHECK(cause(e, all) == "unknown");
  CHECK(cause(forwarded({"192.0.2.1"}, {"10.0.0.9"}), all) == "plaintext");
  all[0].if_id = 0;
  all[0].mark = {0x9, 0xff}; // a VTI's okey, or what nftables sets
  CHECK(cause(e, all) == "unknown");
  e.evidence->near = near_policy(e, all);
  CHECK(lacks(diagnose(e), "whether 10.0.0.1 -> 10.0.0.2"));
  e.evidence->near = {};
  CHECK(cause(forwarded({"192.0.2.1"}, {"10.0.0.9"}), all) == "plaintext");
  all[0].sel.dst = "10.99.0.0";
  CHECK(cause(e, all) == "plaintext");
  all = {wide("out", "192.0.2.1", 9), wide("out", "192.0.2.1", 17)};
  all[0].type = "sub";
  all[0].templates.clear(); // the main one is applied with it
  CHECK(cause(e, all) == "forward-into-tunnel");
  CHECK(near_policy(e, all)->policy.type == "main");
}

TEST_CASE("IPv6: two out policies of one priority") {
  const auto six = [](Policy p) {
    p.sel.src = p.sel.dst = "fd00::";
    p.sel.src_bits = p.sel.dst_bits = 8;
    return p;
  };
  const std::vector<Policy> both{six(wide("out", "2001:db8::1", 9)), six(wide("out", "2001:db8::9", 17))};
  Event e = forwarded({"2001:db8::1"}, {"2001:db8::9"});
  e.evidence->policy = six(wide("fwd", "2001:db8::2", 10));
  e.looked_up->src = "fd00::1";
  e.looked_up->dst = "fd00::2";
  CHECK(cause(e, both) == "unknown");
  e.clues->addresses = DeviceAddresses{{"fd00::9"}, {"2001:db8::1", "2001:db8::9"}, true};
  CHECK(cause(e, both) == "forward-into-tunnel");
}

TEST_CASE("as near as each other, and kept from the flow by something else: which was meant is not known") {
  std::vector<Policy> all{here("in"), here("in")};
  all[0].mark = {0x9, 0xff};
  all[1].if_id = 7;
  CHECK(fields(refused(), all).empty());
  Event e = refused();
  e.evidence->policies_known = true;
  CHECK(cause(e, all) == "unknown");
  e.evidence->near = *near_policy(e, all);
  CHECK(lacks(diagnose(e), "which policy was meant: the in policy"));
  all[1].priority = 5; // it comes later
  CHECK(cause(e, all) == "policy-mark-mismatch");
  all[1] = all[0];
  all[1].mark = {0x5, 0xff};
  all[1].index = 16;
  CHECK(cause(e, all) == "policy-mark-mismatch"); // either way
  all[1] = here("fwd");
  CHECK(cause(e, all) == "unknown");
  std::swap(all[0], all[1]); // the fwd one is named, which the flow fits
  all[0].index = 1;
  CHECK(cause(e, all) == "unknown");
  e.evidence->near = *near_policy(e, all);
  CHECK(lacks(diagnose(e), "which policy was meant: the fwd policy"));
}

TEST_CASE("of a packet that a wider policy took: two that were meant agree, or neither is named") {
  Event e = refused();
  e.counter = XfrmInTmplMismatch;
  Policy wide = here("in"), one = here("in"), other = here("in");
  wide.templates[0].reqid = 99;
  wide.priority = 10;
  one.mark = {0x9, 0xff};
  other.if_id = 7;
  e.evidence->policy = wide;
  CHECK(fields(e, {wide, one, other}).empty());
  CHECK(cause(e, {wide, one, other}) == "template-mismatch");
  CHECK(cause(e, {wide, one}) == "policy-mark-mismatch");
  CHECK(cause(e, {wide, one, one}) == "policy-mark-mismatch");
}
