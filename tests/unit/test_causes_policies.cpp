// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes that lie in policies, on the way in: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event checked(uint8_t counter) {
  Event e = event(counter, "__xfrm_policy_check");
  e.packet = udp();
  e.evidence = found(Match::none);
  e.clues.emplace();
  return e;
}

Event mismatch(std::vector<SecpathEntry> secpath, std::vector<Template> templates) {
  Event e = checked(XfrmInTmplMismatch);
  e.clues->secpath = std::move(secpath);
  e.evidence->policy = policy("in", std::move(templates));
  return e;
}

bool says(const Event& e, const std::string& text) {
  return diagnose(e).why.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("plaintext") {
  Event e = mismatch({}, {transport()});
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(diagnose(e).why == "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came in clear, but the in policy src 10.0.0.1/32 dst "
                           "10.0.0.2/32 (priority 0, index 8) demands esp transport reqid 1.");
  e.evidence->policy->templates[0].optional = 1;
  CHECK(diagnose(e).cause == "unknown");
  e.clues->secpath = {};
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
}

TEST_CASE("plaintext without the policy says that it lacks") {
  Event e = mismatch({}, {});
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "plaintext");
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("template-mismatch names the first field that differs, and both values") {
  Event e = mismatch({through("transport", 2)}, {transport()});
  CHECK(diagnose(e).cause == "template-mismatch");
  CHECK(diagnose(e).why == "The packet came through the SA esp spi 0x00000101 with reqid 2, but the template of the in "
                           "policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8) demands reqid 1.");
  CHECK(says(mismatch({through("tunnel", 2)}, {transport()}), "with mode tunnel, but"));
  Template other = tunnel();
  CHECK(says(mismatch({through("tunnel")}, {other}), "with src 10.0.0.1, but"));
  other.src = "0.0.0.0";
  other.proto = "ah";
  CHECK(says(mismatch({through("tunnel")}, {other}), "with proto esp, but"));
  other.proto = "esp";
  other.spi = 0x202;
  CHECK(says(mismatch({through("tunnel")}, {other}), "with spi 0x00000101, but"));
  e = mismatch({through("transport")}, {transport()});
  e.evidence->policy->if_id = 7;
  CHECK(says(e, "with if_id 0x0, but"));
}

TEST_CASE("template-mismatch: SAs and templates of different number") {
  const auto pair = std::vector<Template>{transport(), transport()};
  CHECK(says(mismatch({through("transport")}, pair), "came through 1 SAs, and none is left for the template"));
  CHECK(says(mismatch({through("tunnel")}, {}), "came through the tunnel SA esp spi 0x00000101, but"));
}

TEST_CASE("not template-mismatch: all templates are met; optional ones need not be") {
  CHECK(diagnose(mismatch({through("transport")}, {transport()})).cause == "unknown");
  Template optional = transport();
  optional.optional = 1;
  CHECK(diagnose(mismatch({through("transport")}, {optional, transport()})).cause == "unknown");
  Template open = transport();
  open.reqid = 0;
  CHECK(diagnose(mismatch({through("transport", 2)}, {open})).cause == "unknown");
}

TEST_CASE("template-mismatch needs the policy") {
  Event e = mismatch({through("transport")}, {});
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("the last template is that of the outermost SA") {
  Template ah = transport();
  ah.proto = "ah";
  SecpathEntry outer = through("transport"), inner = through("transport");
  outer.proto = "ah";
  CHECK(diagnose(mismatch({outer, inner}, {transport(), ah})).cause == "unknown");
  CHECK(diagnose(mismatch({inner, outer}, {transport(), ah})).cause == "template-mismatch");
}

TEST_CASE("no-inbound-policy") {
  Event e = checked(XfrmInNoPols);
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e.clues->secpath = {through("tunnel")};
  CHECK(diagnose(e).cause == "no-inbound-policy");
  CHECK(diagnose(e).why == "Out of the tunnel SA esp spi 0x00000101 came 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9, for which "
                           "there is no in or fwd policy.");
  e.clues->secpath->front().if_id = 7;
  CHECK(says(e, "(if_id 0x7)"));
  e.clues->secpath->front().netns = {};
  CHECK(lacks(diagnose(e), "the netns of the SA"));
  e.clues->secpath = {through("transport")};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("default-block") {
  Event e = checked(XfrmInNoPols);
  e.clues->secpath.emplace();
  CHECK(lacks(diagnose(e), "default policies"));
  e.clues->defaults = DefaultPolicies{"block", "accept", "accept"};
  CHECK(diagnose(e).cause == "default-block");
  CHECK(says(e, "this netns' default for in is to block."));
  e.clues->defaults->fwd = "block";
  CHECK(says(e, "for in and fwd"));
  e.clues->defaults = DefaultPolicies{"accept", "block", "accept"};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("netns-crossed") {
  Event e = checked(XfrmInNoPols);
  e.clues->secpath = {through("tunnel")};
  e.clues->secpath->front().netns = kThere;
  CHECK(diagnose(e).cause == "netns-crossed");
  CHECK(says(e, "in netns 4026532111 and was then handed to netns b"));
  e.evidence->state = sa();
  e.evidence->state->netns = {kThere, "a"};
  CHECK(says(e, "in netns a and was then handed to netns b"));
}

TEST_CASE("policy-block") {
  Event e = checked(XfrmInPolBlock);
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence->policy = policy("in", {});
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->policy->action = "block";
  e.evidence->policy->added = by_ip(How::netlink, 12'000'000'000);
  CHECK(diagnose(e).cause == "policy-block");
  CHECK(diagnose(e).why ==
        "The in policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8), added 12 s ago by ip[301] "
        "(netlink) blocks 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9.");
  e.counter = XfrmOutPolBlock;
  CHECK(diagnose(e).cause == "policy-block");
}

TEST_CASE("policy-expired") {
  Event e = checked(XfrmInPolError);
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence->policy = policy("in");
  e.evidence->policy->limits.hard_bytes = 100;
  e.evidence->policy->used.bytes = 99;
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->policy->used.bytes = 100;
  CHECK(diagnose(e).cause == "policy-expired");
  CHECK(says(e, "its hard limit of 100 bytes (100 used)"));
}
