// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The policy of a packet, found among those of the mirror.
#include "../../user/diagnose/policy_match.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event mismatch() {
  Event e = event(XfrmInTmplMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.packet->mark = 0x20;
  e.evidence = found(Match::none);
  return e;
}

Policy here(const char* dir, uint32_t priority) {
  Policy p = policy(dir);
  p.netns.inum = kHere;
  p.priority = priority;
  return p;
}

} // namespace

TEST_CASE("the policy with the smallest priority that fits") {
  std::vector<Policy> all{here("in", 9), here("in", 5), here("out", 1), here("in", 2)};
  all[3].sel.dst = "10.0.0.3";
  CHECK(match_policy(mismatch(), all)->priority == 5);
  all[1].netns.inum = kThere;
  CHECK(match_policy(mismatch(), all)->priority == 9);
  all[0].mark = {0x10, 0xf0};
  CHECK_FALSE(match_policy(mismatch(), all));
  all[0].mark = {0x20, 0xf0};
  CHECK(match_policy(mismatch(), all));
  all[0].socket = true;
  CHECK_FALSE(match_policy(mismatch(), all));
}

TEST_CASE("in and fwd policies: whichever it was, if both ask for the same") {
  std::vector<Policy> all{here("fwd", 7), here("in", 9)};
  CHECK(match_policy(mismatch(), all)->dir == "in");
  all[1].templates[0].reqid = 2;
  CHECK_FALSE(match_policy(mismatch(), all));
  all.pop_back();
  CHECK(match_policy(mismatch(), all)->dir == "fwd");
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

TEST_CASE("of what was blocked, the policy that blocks") {
  Event e = mismatch();
  e.counter = XfrmInPolBlock;
  std::vector<Policy> all{here("in", 1), here("in", 9)};
  CHECK_FALSE(match_policy(e, all));
  all[1].action = "block";
  CHECK(match_policy(e, all)->priority == 9);
  e.counter = XfrmOutPolBlock;
  CHECK_FALSE(match_policy(e, all));
  all[1].dir = "out";
  CHECK(match_policy(e, all)->priority == 9);
}
