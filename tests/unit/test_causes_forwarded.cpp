// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of forwarded packets in clear: those that go into a tunnel, and those that should have come out of one.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

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
  e.packet_evidence->policy_dir = "fwd";
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
  e.packet_evidence->addresses = DeviceAddresses{{"10.0.0.254"}, {"198.51.100.7", "192.0.2.1"}, true};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  CHECK(says(e,
             "it was on its way into the tunnel. The tunnel's end 192.0.2.1 is on the device that it would leave by, "
             "not on that which it came in by. Before that"));
  std::swap(e.packet_evidence->addresses->in, e.packet_evidence->addresses->out);
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(says(e, "demands esp tunnel reqid 1. The tunnel's end 192.0.2.1 is on the device that it came in by"));
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "plaintext");
  e = either_way();
  e.packet_evidence->addresses = DeviceAddresses{{"192.0.2.1"}, {"192.0.2.1"}, true}; // one arm
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->addresses->in = {"10.0.0.254"};
  e.packet_evidence->addresses->all = false;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->addresses->all = true;
  Template second = tunnel();
  second.src = "198.51.100.7"; // a tunnel within the tunnel
  e.evidence->near->policy.templates = {second, tunnel()};
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->near->policy.templates = {tunnel()};
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
  e.packet_evidence->addresses = DeviceAddresses{{"fd00::ffff", "fe80::1"}, {"2001:db8::1"}, true};
  CHECK(diagnose(e).cause == "forward-into-tunnel");
  e.packet_evidence->addresses = {};
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
  e.packet_evidence->secpath = {through("tunnel")};
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->secpath = {};
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
}
