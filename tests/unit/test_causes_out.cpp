// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes on the way out: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event no_states(Evidence evidence, Template t = transport()) {
  Event e = event(XfrmOutNoStates, "xfrm_lookup_with_ifid");
  e.packet = udp();
  e.evidence = std::move(evidence);
  e.evidence->policy = policy("out", {std::move(t)});
  e.evidence->template_at = 0;
  return e;
}

Event held(uint8_t counter, const char* function = "xfrm_output_resume") {
  Event e = event(counter, function);
  e.packet = udp();
  e.evidence = found(Match::held, sa());
  e.clues.emplace();
  return e;
}

bool says(const Event& e, const std::string& text) {
  return diagnose(e).why.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("sa-missing") {
  CHECK(diagnose(no_states(found(Match::none))).cause == "sa-missing");
  CHECK(diagnose(no_states(found(Match::none))).why ==
        "The policy demands esp reqid 1 mode transport to 10.0.0.2, and there is no SA at all to there.");
  CHECK(says(no_states(found(Match::none), tunnel()), "mode tunnel to 192.0.2.2"));
  Event e = no_states(found(Match::none));
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence = {};
  CHECK(lacks(diagnose(e), "the mirror"));
}

TEST_CASE("sa-deleted, outbound") {
  Event e = no_states(found(Match::none));
  e.evidence->deleted = gone(How::netlink);
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why == "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 was deleted 100 ms ago by ip[301] "
                           "(netlink), and nothing took its place.");
  e.evidence->deleted = gone(How::timer);
  CHECK(diagnose(e).cause == "sa-expired");
}

TEST_CASE("sa-expired, outbound") {
  Event e = held(XfrmOutStateExpired);
  e.evidence->state->live->km_state = "expired";
  e.evidence->state->limits.hard_bytes = 1000;
  e.evidence->state->live->used.bytes = 1200;
  CHECK(diagnose(e).cause == "sa-expired");
  CHECK(says(e, "its hard limit of 1000 bytes (1200 used)"));
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("template-no-sa names the first field that differs") {
  State s = sa();
  s.reqid = 2;
  s.mode = "tunnel";
  CHECK(diagnose(no_states(found(Match::nearest, s, {"reqid", "mode"}))).cause == "template-no-sa");
  CHECK(diagnose(no_states(found(Match::nearest, s, {"reqid", "mode"}))).why ==
        "The policy demands esp reqid 1 mode transport to 10.0.0.2; the nearest one is the SA src 10.0.0.1 dst "
        "10.0.0.2 esp "
        "spi 0x00000101, which has reqid 2 instead of 1.");
  CHECK(says(no_states(found(Match::nearest, s, {"mode"})), "which has mode tunnel instead of transport."));
  s.if_id = 8;
  CHECK(says(no_states(found(Match::nearest, s, {"if_id"})), "has if_id 0x8 instead of 0x0."));
  s.mark = {1, 0xf};
  CHECK(says(no_states(found(Match::nearest, s, {"mark"})), "has mark 0x1/0xf instead of 0x0/0x0."));
  s.dir = "in";
  Event e = no_states(found(Match::nearest, s, {"dir"}));
  e.counter = XfrmOutPolError;
  CHECK(says(e, "has dir in instead of out."));
  e.evidence->policy = {};
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("template-no-sa: the SA fits, its selector does not") {
  State s = sa();
  s.sel.emplace();
  s.sel->dst = "10.0.0.0";
  s.sel->dst_bits = 30;
  CHECK(diagnose(no_states(found(Match::exact, s))).cause == "unknown");
  s.sel->dst = "10.0.0.4";
  CHECK(diagnose(no_states(found(Match::exact, s))).cause == "template-no-sa");
  CHECK(says(no_states(found(Match::exact, s)), "dst is 10.0.0.2, the selector says 10.0.0.4/30."));
}

TEST_CASE("acquire-pending") {
  State s = sa();
  s.live->km_state = "acq";
  s.added = by_ip(How::acquire, 5'000'000'000);
  CHECK(diagnose(no_states(found(Match::exact, s))).cause == "acquire-pending");
  CHECK(diagnose(no_states(found(Match::exact, s))).why ==
        "The kernel has asked the key manager for an SA to 10.0.0.2 5.0 s ago, and it has not answered yet.");
  CHECK(diagnose(no_states(found(Match::exact, sa()))).cause == "unknown");
  s.live = {};
  CHECK(lacks(diagnose(no_states(found(Match::exact, s))), "SA's present state"));
}

TEST_CASE("no-route") {
  Event e = event(XfrmOutBundleGenError, "xfrm_resolve_and_create_bundle");
  e.evidence = found(Match::none);
  e.evidence->policy = policy("out", {tunnel()});
  CHECK(lacks(diagnose(e), "the error number"));
  e.clues.emplace();
  e.clues->error = EHOSTUNREACH;
  CHECK(diagnose(e).cause == "no-route");
  CHECK(diagnose(e).why == "There is no route to the tunnel's endpoint 192.0.2.2: EHOSTUNREACH (113).");
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "no-route");
  CHECK(lacks(diagnose(e), "the policy"));
  e.clues->error = ENOMEM;
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("seq-exhausted") {
  Event e = held(XfrmOutStateSeqError);
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live->oseq = ~0u;
  CHECK(diagnose(e).cause == "seq-exhausted");
  CHECK(says(e, "has used its last sequence number (4294967295) and has no extended ones (ESN)."));
  e.evidence->state->esn = true;
  e.evidence->state->live->oseq_hi = 5;
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("too-big") {
  Event e = held(XfrmOutStateModeError);
  CHECK(lacks(diagnose(e), "the SA's MTU"));
  e.clues->size = PacketSize{1446, 1500, 0};
  e.clues->df = true;
  CHECK(diagnose(e).cause == "too-big");
  CHECK(diagnose(e).why ==
        "The packet has 1500 bytes and may not be fragmented (DF), the SA src 10.0.0.1 dst 10.0.0.2 esp "
        "spi 0x00000101 has an MTU of 1446.");
  e.clues->ignore_df = true;
  CHECK(diagnose(e).cause == "unknown");
  e.clues->ignore_df = false;
  e.clues->df = false;
  CHECK(diagnose(e).cause == "unknown");
  e.clues->df = true;
  e.clues->size = PacketSize{1446, 1446, 0};
  CHECK(diagnose(e).cause == "unknown");
  e.clues->size = PacketSize{1446, 9000, 1400};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("crypto-error") {
  Event e = held(XfrmOutStateProtoError);
  CHECK(diagnose(e).cause == "crypto-error");
  CHECK(lacks(diagnose(e), "the error number"));
  e.clues->error = EMSGSIZE;
  CHECK(diagnose(e).why == "The transform of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 (rfc4106(gcm(aes))) "
                           "refused the packet with EMSGSIZE (90).");
  e.evidence->state = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("sa-dead, outbound") {
  Event e = held(XfrmOutStateInvalid);
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live->km_state = "dead";
  CHECK(diagnose(e).cause == "sa-dead");
  CHECK(says(e, "is dead, not valid"));
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("no-dst") {
  Event e = held(XfrmOutError);
  CHECK(lacks(diagnose(e), "whether a route is attached"));
  e.clues->routed = false;
  CHECK(diagnose(e).cause == "no-dst");
  CHECK(says(e, "No route is attached to 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9."));
  e.clues->routed = true;
  CHECK(diagnose(e).cause == "unknown");
  e.counter = XfrmFwdHdrError;
  CHECK(diagnose(e).cause == "no-dst");
  CHECK(says(e, "could not be decoded"));
}
