// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A policy of type sub and the main one: which of them refused a packet.
#include "events.hpp"

#include "../../user/diagnose/joined_policies.hpp"
#include "../../user/diagnose/policy_match.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Template with_reqid(Template t, uint32_t reqid) {
  t.reqid = reqid;
  return t;
}

Policy here(const char* dir, const char* type, std::vector<Template> templates) {
  Policy p = policy(dir, std::move(templates));
  p.type = type;
  p.index = std::string_view(type) == "sub" ? 16 : 8;
  p.netns = {kHere, "b"};
  return p;
}

Event refused(std::vector<SecpathEntry> secpath) {
  Event e = refused_inbound(XfrmInTmplMismatch);
  e.packet->mark = 0;
  e.packet_evidence->secpath = std::move(secpath);
  return e;
}

// The event as it is told with these policies.
Event told(Event e, const std::vector<Policy>& all) {
  REQUIRE(tell_joined(e, all));
  REQUIRE(e.evidence->joined);
  return e;
}

} // namespace

TEST_CASE("joined policies, in clear: the sub one asks for nothing, so it is the main one that refused") {
  const std::vector<Policy> all{here("in", "sub", {}), here("in", "main", {transport()})};
  const Event e = told(refused({}), all);
  CHECK(e.evidence->policy->type == "main");
  CHECK(e.evidence->other_policy->type == "sub");
  CHECK(diagnose(e).cause == "plaintext");
}

TEST_CASE("joined policies: the main one is looked for in direction in, also for what is forwarded") {
  Event e = refused({});
  e.packet_evidence->policy_dir = "fwd";
  const std::vector<Policy> all{here("fwd", "sub", {}), here("fwd", "main", {}), here("in", "main", {transport()})};
  CHECK(told(e, all).evidence->policy->dir == "in");
}

TEST_CASE("joined policies: the SA is not what the main one asks for, or the sub one") {
  const std::vector<Policy> main_asks{here("in", "sub", {transport()}),
                                      here("in", "main", {with_reqid(transport(), 5)})};
  Event e = told(refused({through("transport")}), main_asks);
  CHECK(e.evidence->policy->type == "main");
  CHECK(e.evidence->template_at == 0);
  CHECK(e.evidence->secpath_at == 0);
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(says(e, "with reqid 1, but the template of the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) "
                "demands reqid 5. The kernel wants the templates of that policy and of the in policy src 10.0.0.1/32 "
                "dst 10.0.0.2/32 (ptype sub, priority 0, index 16) met together."));
  const std::vector<Policy> both{here("in", "sub", {with_reqid(transport(), 3)}), here("in", "main", {transport()})};
  e = told(refused({through("transport")}), both);
  CHECK(e.evidence->policy->type == "sub");
  CHECK_FALSE(e.evidence->secpath_at);
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(says(e, "none is left for the template of the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (ptype sub"));
}

TEST_CASE("joined policies: a tunnel that neither asks for, and one that the second does") {
  const std::vector<Policy> none{here("in", "sub", {}), here("in", "main", {})};
  const Event e = told(refused({through("tunnel")}), none);
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(says(e, "but neither the in policy"));
  CHECK(says(e, "has a template for it"));
  Template any = tunnel();
  any.src = "0.0.0.0";
  Event fits = refused({through("tunnel")});
  CHECK_FALSE(tell_joined(fits, std::vector{here("in", "sub", {}), here("in", "main", {any})}));
  CHECK_FALSE(fits.evidence->joined);
}

TEST_CASE("joined policies: of IPv6 the kernel sorts the templates, transport mode before tunnels") {
  Template any = tunnel();
  any.src = any.dst = "0.0.0.0";
  std::vector<Policy> all{here("in", "sub", {any}), here("in", "main", {transport()})};
  // The outermost SA is that of the last template: in IPv4 transport mode, in IPv6 the tunnel.
  Event e = refused({through("tunnel"), through("transport")});
  CHECK(tell_joined(e, all));
  for (Policy& p : all) {
    p.sel.src = "fd00::1";
    p.sel.dst = "fd00::2";
    p.sel.src_bits = p.sel.dst_bits = 128;
  }
  Event six = refused({through("tunnel"), through("transport")});
  six.packet->src = "fd00::1";
  six.packet->dst = "fd00::2";
  CHECK_FALSE(tell_joined(six, all)); // all is met
}

TEST_CASE("joined policies: alone, the sub one is judged alone") {
  const Event e = told(refused({through("transport", 2)}), {here("in", "sub", {transport()})});
  CHECK(e.evidence->policy->type == "sub");
  CHECK_FALSE(e.evidence->other_policy);
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK_FALSE(says(e, "met together"));
}

TEST_CASE("joined policies: what is not known") {
  std::vector<Policy> all{here("in", "sub", {transport()}), here("in", "main", {with_reqid(transport(), 5)})};
  Event e = refused({through("transport")});
  e.packet_evidence->policy_dir = {};
  CHECK_FALSE(tell_joined(e, all)); // which direction
  e.evidence->policy = all[0];
  CHECK(tell_joined(e, all)); // the kernel told the sub one
  e = refused({through("transport")});
  e.packet_evidence->secpath = {};
  CHECK_FALSE(tell_joined(e, all));
  e = refused({through("transport")});
  all[1].mark = {0x9, 0xff};
  e.packet->mark = {};
  CHECK_FALSE(tell_joined(e, all)); // whether the main one took it
  CHECK_FALSE(match_policy(e, all));
  std::vector<Policy> neither = all;
  neither[0].templates = {with_reqid(transport(), 5)}; // nor whose template failed first
  CHECK_FALSE(tell_joined(e, neither));
  e.evidence->policy = all[0];
  CHECK_FALSE(tell_joined(e, all));
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the main policy"));
  e.packet_evidence->secpath.emplace();
  CHECK(diagnose(e).cause == "plaintext"); // whatever the main one asks for
  e.evidence->policy->templates.clear();
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(says(e, "the main policy that goes with the in policy"));
}

// The kernel begins with the last template, which is the main policy's.
TEST_CASE("joined policies: algorithms and nested tunnels are the walk's, as of one policy") {
  std::vector<Policy> all{here("in", "sub", {transport()}), here("in", "main", {transport()})};
  const Event twice = refused({through("transport"), through("transport")});
  all[0].templates[0].auth_mask = 2; // the SA's algorithm is number 0
  CHECK(told(twice, all).evidence->policy->type == "sub");
  std::swap(all[0].templates, all[1].templates);
  CHECK(told(twice, all).evidence->policy->type == "main");
  all[1].templates[0].auth_mask = 3;
  CHECK_FALSE(tell_joined(*std::make_unique<Event>(twice), all)); // all are met
  CHECK(told(refused({through("tunnel"), through("tunnel")}), all).evidence->policy->type == "main");
}

TEST_CASE("joined policies: a block or a socket's policy is another matter") {
  std::vector<Policy> all{here("in", "sub", {transport()}), here("in", "main", {with_reqid(transport(), 5)})};
  Event e = refused({through("transport")});
  all[1].action = "block";
  CHECK_FALSE(tell_joined(e, all));
  all[1].action = "allow";
  all.push_back(here("in", "main", {transport()}));
  all.back().socket = true;
  CHECK_FALSE(tell_joined(e, all));
  e.counter = XfrmInNoPols;
  CHECK_FALSE(tell_joined(e, all));
}

TEST_CASE("joined policies, outbound: without its template, the sub one tells nothing") {
  Event e = no_outbound_state(found(Match::unknown));
  e.evidence->policy->type = "sub";
  e.evidence->template_at = {};
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->match = Match::none;
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the main policy, whose templates the kernel tries after those of the out policy"));
  e = no_outbound_state(found(Match::none));
  e.evidence->policy->type = "sub";
  CHECK(diagnose(e).cause == "sa-missing");
}
