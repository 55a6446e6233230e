// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Selectors take flows as the kernel's do; events name the fields in which a flow is outside.
#include "../../user/diagnose/complete_evidence.hpp"
#include "../../user/diagnose/selector.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

using Fields = std::vector<std::string>;

Selector hosts() {
  Selector s;
  s.src = "10.0.0.1";
  s.dst = "10.0.0.2";
  s.src_bits = s.dst_bits = 32;
  return s;
}

PacketInfo flow() {
  PacketInfo p = udp();
  p.is_flow = true;
  p.ifindex = 3;
  p.ifname = "eth0";
  return p;
}

std::string misfit(const PacketInfo& p, const Selector& s) {
  const Fitting f = hold_against(p, s);
  if (f.fit == Fit::inside) return "inside";
  return f.fit == Fit::unknown ? "unknown" : f.misfit.field + " " + f.misfit.flow + " " + f.misfit.selector;
}

// Counted in the policy check: the SA carried what its selector does not take.
Event carried(Selector sel) {
  Event e = event(XfrmInStateMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.evidence = found(Match::held, sa());
  e.evidence->state->sel = std::move(sel);
  return e;
}

Fields differs_after(Event e) {
  complete_evidence(e);
  return e.evidence->differs;
}

} // namespace

TEST_CASE("addresses, also of selectors for all") {
  CHECK(misfit(flow(), hosts()) == "inside");
  Selector s = hosts();
  s.dst = "10.0.0.3";
  CHECK(misfit(flow(), s) == "dst 10.0.0.2 10.0.0.3/32");
  s.dst_bits = 31;
  CHECK(misfit(flow(), s) == "inside");
  s.src = "2001:db8::";
  s.src_bits = 64;
  CHECK(misfit(flow(), s) == "src 10.0.0.1 2001:db8::/64");
  s.src_bits = 0;
  CHECK(misfit(flow(), s) == "inside"); // the caller compares families
}

TEST_CASE("protocols are compared by number: names differ") {
  Selector s = hosts();
  s.proto = 17;
  s.proto_name = "udp";
  CHECK(misfit(flow(), s) == "inside");
  s.proto = 4;
  s.proto_name = "ipencap";
  PacketInfo p = flow();
  CHECK(misfit(p, s) == "proto udp ipencap");
  p.proto = "ipip";
  CHECK(misfit(p, s) == "inside");
  s.proto = 253;
  s.proto_name = "253";
  p.proto = "253";
  CHECK(misfit(p, s) == "inside");
  p.proto = {};
  CHECK(misfit(p, s) == "unknown");
}

TEST_CASE("the device is where a flow goes out, which of a packet is not known") {
  Selector s = hosts();
  s.dev = Device{3, {}};
  CHECK(misfit(flow(), s) == "inside");
  s.dev = Device{1, "lo"};
  CHECK(misfit(flow(), s) == "dev eth0 lo");
  PacketInfo p = flow();
  p.ifindex = 0;
  p.ifname = {};
  CHECK(misfit(p, s) == "dev none lo");
  CHECK(misfit(udp(), s) == "unknown");
}

TEST_CASE("the selector's user is not compared, as the kernel does not") {
  Selector s = hosts();
  s.uid = 1000;
  CHECK(misfit(flow(), s) == "inside");
}

TEST_CASE("all fields that are outside, and all that are not known") {
  Selector s = hosts();
  s.src = s.dst = "10.0.0.9";
  s.proto = 6;
  s.proto_name = "tcp";
  s.dev = Device{1, "lo"};
  const SelectorComparison c = compare(udp(), s);
  CHECK(c.outside.size() == 3);
  CHECK(c.unknown == Fields{"dev"});
}

TEST_CASE("bits that addresses have in common") {
  CHECK(common_bits("10.0.0.1", "10.0.0.1") == 32);
  CHECK(common_bits("10.0.0.1", "10.0.128.1") == 16);
  CHECK(common_bits("2001:db8::1", "2001:db8::2") == 126);
  CHECK(common_bits("10.0.0.1", "2001:db8::2") == 0);
  CHECK(common_bits({}, "10.0.0.1") == 0);
}

TEST_CASE("an event whose flow is outside of its SA's selector names the fields") {
  Selector s = hosts();
  s.dst = "10.0.0.9";
  CHECK(differs_after(carried(s)) == Fields{"sel.dst"});
  Event e = carried(s);
  e.looked_up = flow(); // before NAT, it was inside
  e.looked_up->dst = "10.0.0.9";
  CHECK(differs_after(e).empty());
  s.src_bits = s.dst_bits = 0;
  s.upper = {{"dport", 80}};
  s.dport_mask = 0xffff;
  CHECK(differs_after(carried(s)) == Fields{"sel.dport"});
  s.family = 6; // of an SA without af-unspec
  CHECK(differs_after(carried(s)) == Fields{"sel.family"});
  s.family = 4;
  CHECK(differs_after(carried(s)) == Fields{"sel.dport"});
  e = carried(s);
  e.site->function = "xfrm_input"; // another kind of mismatch
  CHECK(differs_after(e).empty());
  e = carried(s);
  e.packet = {};
  CHECK(differs_after(e).empty());
}

TEST_CASE("on the way out \"sel\" becomes its fields; the family first") {
  Event e = event(XfrmOutNoStates, "xfrm_lookup_with_ifid");
  e.packet = flow();
  e.evidence = found(Match::nearest, sa(), {"reqid", "sel"});
  e.evidence->state->sel = hosts();
  CHECK(differs_after(e) == Fields{"reqid", "sel"}); // the kernel side knows more than is to be seen here
  e.evidence->state->sel->family = 6;
  CHECK(differs_after(e) == Fields{"reqid", "sel.family"});
  e.evidence->state->sel = hosts();
  e.evidence->state->sel->family = 4;
  e.evidence->state->sel->dev = Device{1, "lo"};
  CHECK(differs_after(e) == Fields{"reqid", "sel.dev"});
  e.evidence->differs = {"reqid"};
  CHECK(differs_after(e) == Fields{"reqid"});
}
