// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets that xfrm interfaces and VTIs refuse.
#include "losses.hpp"

#include "../../user/cli/known_policies.hpp"
#include "../../user/cli/known_states.hpp"
#include "../../user/diagnose/interface_states.hpp"
#include "../../user/diagnose/out_policy.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

State sa_of(uint32_t if_id) {
  State s = sa();
  s.mode = "tunnel";
  s.src = "192.0.2.1";
  s.dst = "192.0.2.2";
  s.if_id = if_id;
  return s;
}

Event told(Event e, const std::vector<Policy>& policies, const std::vector<State>& live = {},
           const std::vector<State>& gone = {}) {
  REQUIRE(wants_out_policy(e));
  tell_out_policy(e, policies);
  if (wants_states(e)) tell_states(e, live, gone);
  return e;
}

} // namespace

TEST_CASE("no policy at all for the interface") {
  const Event e = told(refused_by_interface(), {});
  CHECK(diagnose(e).cause == "interface-no-policy");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 was sent into the xfrm interface ipsec0 (if_id 0x7), and no out "
        "policy with that if_id takes it.");
  CHECK(advises(e, "has it if_id 0x7 (if_id_out)?"));
}

TEST_CASE("a policy with another if_id takes the flow") {
  const Event e = told(refused_by_interface(), {out_policy(9)});
  CHECK(diagnose(e).cause == "interface-no-policy");
  CHECK(e.evidence->near->differs == std::vector<std::string>{"if_id"});
  CHECK(says(
      e, " The nearest one, the out policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8), wants if_id 0x9, and "
         "the packet's is 0x7."));
  CHECK(advises(e, "make ipsec0 with if_id 0x9"));
  CHECK(advises(e, "if_id 0x7 tmpl src 192.0.2.1 dst 192.0.2.2"));
}

TEST_CASE("a policy with the interface's if_id takes other flows") {
  Policy p = out_policy(7);
  p.sel.dst = "10.9.0.0";
  p.sel.dst_bits = 16;
  const Event e = told(refused_by_interface(), {p, out_policy(0)});
  CHECK(e.evidence->near->differs == std::vector<std::string>{"if_id"}); // nearer than one of other flows
  const Event other = told(refused_by_interface(), {p});
  CHECK(other.evidence->near->differs == std::vector<std::string>{"sel.dst"});
  CHECK(says(other, "wants dst 10.9.0.0/16, and the flow has 10.0.0.2."));
  CHECK(advises(other, "Widen that policy's selector"));
}

TEST_CASE("the SA that has the interface's if_id, or had it last") {
  Event e = told(refused_by_interface(), {}, {sa_of(9), sa_of(7)});
  CHECK(says(e, "The SA src 192.0.2.1 dst 192.0.2.2 esp spi 0x00000101 has that if_id."));
  CHECK(advises(
      e, "ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir out if_id 0x7 tmpl src 192.0.2.1 dst 192.0.2.2 proto "
         "esp reqid 1 mode tunnel"));
  State older = sa_of(7), last = sa_of(7);
  older.removed = by_ip(How::netlink, 9'000'000'000);
  last.removed = by_ip(How::flush, 3'000'000'000);
  e = told(refused_by_interface(), {}, {sa_of(9)}, {older, last});
  CHECK(says(e, "had that if_id, and was deleted 3.0 s ago by ip[301] (flush)."));
  State elsewhere = sa_of(7);
  elsewhere.netns.inum = kThere;
  e = told(refused_by_interface(), {}, {elsewhere});
  CHECK_FALSE(e.evidence->state);
}

TEST_CASE("a policy that takes the flow and leads to no SA") {
  Policy p = out_policy(7);
  p.templates.clear();
  const Event e = told(refused_by_interface(), {p});
  CHECK(diagnose(e).cause == "interface-no-policy");
  CHECK(says(e, "takes it, and leads to no SA."));
}

TEST_CASE("interface-loop: policy and SA are there") {
  const Event e = told(refused_by_interface(), {out_policy(7)}, {sa_of(7)});
  CHECK(diagnose(e).cause == "interface-loop");
  CHECK(says(
      e, "The out policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) takes it, and the SA src 192.0.2.1 dst "
         "192.0.2.2 esp spi 0x00000101 is there: the route to its end 192.0.2.2 leads into ipsec0 itself."));
  CHECK(advises(e, "ip route get 192.0.2.2"));
}

TEST_CASE("a policy without its SA, or with one that does not fit it, leaves the cause open") {
  State other = sa_of(7);
  other.reqid = 2;
  for (const std::vector<State>& live : {std::vector<State>{}, {other}, {sa_of(9)}}) {
    const Event e = told(refused_by_interface(), {out_policy(7)}, live);
    CHECK(diagnose(e).cause == "unknown");
    CHECK(lacks(diagnose(e), "the SA that the out policy"));
  }
}

TEST_CASE("an interface that is for all SAs leaves the cause open where a policy may have taken the packet") {
  Event e = refused_by_interface();
  e.packet_evidence->link->if_id = {};
  CHECK(lacks(diagnose(told(e, {out_policy(7)})), "the if_id of the look-up"));
  CHECK(diagnose(told(e, {})).cause == "interface-no-policy");
}

TEST_CASE("a policy of another netns takes the packet only of an interface that was made there") {
  Policy p = out_policy(7);
  p.netns = {kThere, {}};
  const Event e = told(refused_by_interface(), {p});
  CHECK(diagnose(e).cause == "interface-no-policy");
  CHECK(diagnose(e).why.find("no out policy with that if_id of this netns takes it") != std::string::npos);
  CHECK(lacks(diagnose(e), "which netns the interface was made in"));
  p.if_id = 9;
  CHECK(diagnose(told(refused_by_interface(), {p})).cause == "interface-no-policy");
}

TEST_CASE("a VTI's key is the mark of its policies") {
  Policy p = out_policy(0);
  p.mark = {0x2a, 0xff};
  Event e = told(refused_by_vti(0x2b), {p});
  CHECK(diagnose(e).cause == "interface-no-policy");
  CHECK(says(e, "was sent into the VTI vti0 (key 0x2b), and no out policy with that mark takes it."));
  CHECK(says(e, "wants mark 0x2a/0xff, and the flow has 0x2b, which is the interface's key."));
  CHECK(advises(e, "ip link set dev vti0 type vti key 42"));
  e = told(refused_by_vti({}), {p});
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the VTI's key"));
  CHECK(diagnose(told(refused_by_vti({}), {})).cause == "interface-no-policy");
  e = told(refused_by_vti(0x2a), {p});
  e.evidence->state = sa_of(0);
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the VTI has the SA's addresses"));
}

TEST_CASE("an interface of which not all is known") {
  Event e = refused_by_interface();
  CHECK(lacks(diagnose(e), "the netns' policies"));
  e = told(e, {});
  e.packet_evidence->link = {};
  CHECK(lacks(diagnose(e), "what kind of interface"));
  e = refused_by_interface();
  e.evidence = {};
  CHECK(lacks(diagnose(e), "the netns' policies"));
  CHECK_FALSE(wants_out_policy(e));
  e = refused_by_interface();
  e.repeats = true;
  CHECK_FALSE(wants_out_policy(e));
  CHECK_FALSE(wants_states(e));
}

TEST_CASE("a sub policy leaves open which one took the packet") {
  Policy sub = out_policy(7);
  sub.type = "sub";
  const Event e = told(refused_by_interface(), {sub, out_policy(7)}, {sa_of(7)});
  CHECK_FALSE(e.evidence->policy);
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "took the packet"));
}

TEST_CASE("the policy that nearly took what the default blocks") {
  Event e = lost(LOSS_DEFAULT_BLOCK, "xfrm_lookup_with_ifid", udp());
  e.packet->mark = 0;
  Policy p = out_policy(0);
  p.mark = {1, 1};
  e = told(e, {p});
  CHECK(says(e, "is to block. The nearest one, the out policy"));
  CHECK(says(e, "wants mark 0x1/0x1, and the flow has 0x0."));
}

TEST_CASE("policies and SAs are read for what needs them") {
  int policies = 0, states = 0;
  KnownPolicies known_policies([&](const Event&) {
    policies++;
    return std::optional(std::vector<Policy>{out_policy(7)});
  });
  KnownStates known_states([&](const Event&) {
    states++;
    return std::optional(KnownStates::Lists{{sa_of(7)}, {}});
  });
  Event e = refused_by_interface();
  known_policies.complete(e);
  known_states.complete(e);
  CHECK(diagnose(e).cause == "interface-loop");
  CHECK(e.evidence->policy->netns.name == "b");
  CHECK(e.evidence->match == Match::exact);
  Event other = held_loss(LOSS_TOO_BIG, "__icmp_send");
  known_policies.complete(other);
  known_states.complete(other);
  CHECK(policies == 1);
  CHECK(states == 1);
  KnownStates unreadable([](const Event&) { return std::optional<KnownStates::Lists>(); });
  e = refused_by_interface();
  unreadable.complete(e);
  CHECK_FALSE(e.evidence->state);
}
