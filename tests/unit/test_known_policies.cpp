// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Policies are read when an event needs them, but not for each event of a flood.
#include "../../user/cli/known_policies.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;
using namespace std::chrono_literals;

namespace {

// A mirror of which a reading takes `cost`.
struct Mirror {
  std::optional<std::vector<Policy>> policies{std::vector<Policy>{}};
  KnownPolicies::Clock::time_point now{100s};
  KnownPolicies::Clock::duration cost{1ms};
  int readings = 0;

  KnownPolicies known() {
    return KnownPolicies(
        [this](const Event&) {
          readings++;
          now += cost;
          return policies;
        },
        [this] { return now; });
  }
};

Policy here(const char* dir) {
  Policy p = policy(dir, {tunnel()});
  p.netns.inum = kHere;
  return p;
}

Event refused(uint8_t counter) {
  Event e = refused_inbound(counter);
  e.packet_evidence->secpath = {through("tunnel", 2)};
  e.packet_evidence->secpath->front().src = "192.0.2.1";
  return e;
}

} // namespace

TEST_CASE("the policy of an event that lacks it, with the netns' name") {
  Mirror m;
  m.policies->push_back(here("in"));
  KnownPolicies known = m.known();
  Event e = refused(XfrmInTmplMismatch);
  known.complete(e);
  REQUIRE(e.evidence->policy);
  CHECK(e.evidence->policy->netns.name == "b");
  CHECK_FALSE(e.evidence->near);
  CHECK(e.evidence->policies_known);
  CHECK(e.evidence->template_at == 0);
  CHECK(e.evidence->secpath_at == 0);
}

TEST_CASE("which template failed, where the policy had to be looked for") {
  Event e = refused(XfrmInTmplMismatch);
  Mirror m;
  m.policies->push_back(here("in"));
  m.policies->back().templates = {tunnel(), transport()};
  KnownPolicies known = m.known();
  e.packet_evidence->secpath->insert(e.packet_evidence->secpath->begin(), through("transport"));
  known.complete(e);
  CHECK(e.evidence->template_at == 0);
  CHECK(e.evidence->secpath_at == 1);
  e.evidence = found(Match::none);
  e.packet_evidence->secpath.emplace(); // the outermost one is looked for first
  known.complete(e);
  CHECK(e.evidence->template_at == 1);
  CHECK_FALSE(e.evidence->secpath_at);
  e.evidence = found(Match::none);
  e.packet_evidence->secpath = {through("tunnel")};
  m.policies->back().templates.clear();
  m.now += 1s;
  known.complete(e);
  CHECK(e.evidence->template_at == 0); // one more than there are
  CHECK(e.evidence->secpath_at == 0);
}

TEST_CASE("the near policy of an event that no policy took") {
  Mirror m;
  m.policies->push_back(here("fwd"));
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoPols);
  known.complete(e);
  CHECK(e.evidence->policies_known);
  CHECK_FALSE(e.evidence->near);
  e.packet_evidence->secpath->front().reqid = 1;
  known.complete(e);
  REQUIRE(e.evidence->near);
  CHECK(e.evidence->near->policy.netns.name == "b");
  CHECK(e.evidence->near->differs == std::vector<std::string>{"dir"});
}

TEST_CASE("of a mirror that cannot be read, or lacks policies, nothing is said") {
  Mirror m;
  m.policies = {};
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoPols);
  known.complete(e);
  CHECK(m.readings == 1);
  CHECK_FALSE(e.evidence->policies_known);
}

TEST_CASE("a list that was whole before does not stand in for one that lacks policies now") {
  Mirror m;
  m.policies->push_back(here("in"));
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoPols);
  known.complete(e);
  CHECK(e.evidence->policies_known);
  m.policies = {}; // it lacks some now
  e = refused(XfrmInNoPols);
  known.complete(e);
  CHECK(m.readings == 2);
  CHECK_FALSE(e.evidence->policies_known);
  CHECK_FALSE(e.evidence->near);
  e = refused(XfrmInTmplMismatch);
  known.complete(e);
  CHECK_FALSE(e.evidence->policy);
}

TEST_CASE("of a policy of type sub and the main one the event has the one that refused it, and the other") {
  Mirror m;
  m.policies = {here("in"), here("in")};
  Policy& sub = m.policies->front();
  sub.type = "sub";
  sub.index = 16;
  sub.templates.clear();
  KnownPolicies known = m.known();
  Event e = refused(XfrmInTmplMismatch);
  known.complete(e);
  REQUIRE(e.evidence->policy);
  REQUIRE(e.evidence->other_policy);
  CHECK(e.evidence->joined);
  CHECK(e.evidence->policy->type == "main");
  CHECK(e.evidence->policy->netns.name == "b");
  CHECK(e.evidence->other_policy->type == "sub");
  CHECK(e.evidence->template_at == 0);
}

TEST_CASE("what needs no policy costs none") {
  Mirror m;
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoStates);
  known.complete(e);
  e = refused(XfrmInNoPols);
  e.repeats = true;
  known.complete(e);
  CHECK(m.readings == 0);
}

TEST_CASE("events that follow each other closely find what was added between them") {
  Mirror m;
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoPols);
  for (int i = 1; i <= 20; i++) {
    known.complete(e);
    CHECK(m.readings == i);
  }
}

TEST_CASE("a flood costs a tenth of the time at most, and sees what is there 0.2 s later") {
  Mirror m;
  m.cost = 2ms;
  KnownPolicies known = m.known();
  Event e = refused(XfrmInNoPols);
  const auto flood = [&](KnownPolicies::Clock::duration lasting) {
    const int before = m.readings;
    for (const auto end = m.now + lasting; m.now < end; m.now += 100us)
      known.complete(e);
    return m.readings - before;
  };
  flood(2s); // uses up what it begins with
  const int in_ten_seconds = flood(10s);
  CHECK(in_ten_seconds > 450);
  CHECK(in_ten_seconds <= 500);
  m.cost = 1500ms;
  m.now += 10s;
  const auto at = [&](KnownPolicies::Clock::duration later) {
    m.now += later;
    const int before = m.readings;
    known.complete(e);
    return m.readings - before;
  };
  CHECK(at(0ms) == 1);
  CHECK(at(199ms) == 0);
  CHECK(at(1ms) == 1);
}
