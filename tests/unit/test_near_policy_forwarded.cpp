// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policy that nearly takes a packet: forwarded packets in clear, and several policies that are equally near.
#include "near.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("what is forwarded in clear and meets a fwd policy: the out policy that waits for it") {
  Event e = refused();
  e.counter = XfrmInTmplMismatch;
  e.packet_evidence->policy_dir = "fwd";
  e.packet_evidence->secpath.emplace();
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
  e.packet_evidence->policy_dir = "in";
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
  e.packet_evidence->policy_dir = "fwd";
  e.packet_evidence->secpath.emplace();
  e.packet_evidence->addresses = DeviceAddresses{std::move(came_by), std::move(leaves_by), true};
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
  e.packet_evidence->addresses = DeviceAddresses{{"fd00::9"}, {"2001:db8::1", "2001:db8::9"}, true};
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
