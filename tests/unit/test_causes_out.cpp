// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of outbound errors: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event held(uint8_t counter, const char* function = "xfrm_output_resume") {
  Event e = event(counter, function);
  e.packet = udp();
  e.evidence = found(Match::held, sa());
  e.packet_evidence.emplace();
  return e;
}

} // namespace

TEST_CASE("sa-missing") {
  CHECK(diagnose(no_outbound_state(found(Match::none))).cause == "sa-missing");
  CHECK(diagnose(no_outbound_state(found(Match::none))).why ==
        "The policy demands esp reqid 1 mode transport to 10.0.0.2, and there is no SA at all for it.");
  CHECK(says(no_outbound_state(found(Match::none), tunnel()), "mode tunnel to 192.0.2.2"));
  Event e = no_outbound_state(found(Match::none));
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the policy"));
  e.evidence = {};
  CHECK(lacks(diagnose(e), "the mirror"));
}

TEST_CASE("sa-deleted, outbound") {
  Event e = no_outbound_state(found(Match::none));
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

TEST_CASE("acquire-pending") {
  State s = sa();
  s.live->km_state = "acq";
  s.added = by_ip(How::acquire, 5'000'000'000);
  CHECK(diagnose(no_outbound_state(found(Match::exact, s))).cause == "acquire-pending");
  CHECK(diagnose(no_outbound_state(found(Match::exact, s))).why ==
        "The kernel has asked the key manager for an SA to 10.0.0.2 5.0 s ago, and it has not answered yet.");
  CHECK(diagnose(no_outbound_state(found(Match::exact, sa()))).cause == "unknown");
  s.sel.emplace(); // of the flow that it was made for
  s.sel->dst = "10.0.0.9";
  s.sel->dst_bits = 32;
  CHECK(diagnose(no_outbound_state(found(Match::exact, s))).cause == "acquire-pending");
  s.live = {};
  CHECK(lacks(diagnose(no_outbound_state(found(Match::exact, s))), "SA's present state"));
}

TEST_CASE("no-route") {
  Event e = event(XfrmOutBundleGenError, "xfrm_resolve_and_create_bundle");
  e.evidence = found(Match::none);
  e.evidence->policy = policy("out", {tunnel()});
  CHECK(lacks(diagnose(e), "the error number"));
  e.packet_evidence.emplace();
  e.packet_evidence->error = EHOSTUNREACH;
  CHECK(diagnose(e).cause == "no-route");
  CHECK(diagnose(e).why == "There is no route to the tunnel's endpoint 192.0.2.2: EHOSTUNREACH (113).");
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "no-route");
  CHECK(lacks(diagnose(e), "the policy"));
  e.packet_evidence->error = ENOMEM;
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("no-route: the source of a template that leaves it open cannot be had") {
  Template open = tunnel();
  open.src = "0.0.0.0";
  Event e = no_outbound_state(found(Match::unknown), open);
  e.counter = XfrmOutPolError;
  e.packet->mark = 7;
  e.packet_evidence.emplace();
  e.packet_evidence->error = ENETUNREACH;
  CHECK(diagnose(e).cause == "no-route");
  CHECK(says(e, "There is no route to the tunnel's endpoint 192.0.2.2: ENETUNREACH (101)."));
  CHECK(diagnose(e).advice.find("ip route get 192.0.2.2 tells") != std::string::npos);
  Template second = tunnel();
  second.dst = "198.51.100.2";
  e.evidence->policy = policy("out", {open, second});
  CHECK(says(e, "the tunnel's endpoint 192.0.2.2 or 198.51.100.2:"));
  e.evidence->wanted_dst = "198.51.100.2";
  CHECK(says(e, "the tunnel's endpoint 198.51.100.2:"));
}

TEST_CASE("seq-exhausted: a bundle of more segments than there are numbers") {
  Event e = held(XfrmOutStateSeqError);
  e.evidence->state->live->oseq = ~0u - 3;
  e.packet_evidence->size = PacketSize{1446, 14000, 1400, 10};
  CHECK(diagnose(e).cause == "seq-exhausted");
  CHECK(says(
      e, "stands at sequence number 4294967292, which leaves 3, but the packet is a bundle of 10 (GSO) and needs as "
         "many; the SA has no extended ones (ESN)."));
  e.packet_evidence->size->gso_segs = 3;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->size->gso_segs = 0;
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "into how many packets"));
  e.packet_evidence->size->gso_segs = 10;
  e.evidence->state->esn = true;
  e.evidence->state->flag_names = {"esn"};
  e.evidence->state->live->oseq_hi = 5;
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live->oseq_hi = ~0u;
  CHECK(diagnose(e).cause == "seq-exhausted");
}

TEST_CASE("seq-exhausted") {
  Event e = held(XfrmOutStateSeqError);
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live->oseq = ~0u;
  CHECK(diagnose(e).cause == "seq-exhausted");
  CHECK(says(e, "has used its last sequence number (4294967295) and has no extended ones (ESN)."));
  e.evidence->state->esn = true; // a window above 32, no ESN
  e.evidence->state->live->oseq_hi = 0;
  CHECK(says(e, "has no extended ones"));
  e.evidence->state->flag_names = {"esn"};
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->live->oseq_hi = ~0u;
  CHECK(says(e, "has used its last sequence number (4294967295)."));
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("too-big") {
  Event e = held(XfrmOutStateModeError);
  CHECK(lacks(diagnose(e), "the SA's MTU"));
  e.packet_evidence->size = PacketSize{1446, 1500, 0};
  e.packet_evidence->df = true;
  CHECK(diagnose(e).cause == "too-big");
  CHECK(diagnose(e).why ==
        "The packet has 1500 bytes and may not be fragmented (DF), the SA src 10.0.0.1 dst 10.0.0.2 esp "
        "spi 0x00000101 has an MTU of 1446.");
  e.packet_evidence->ignore_df = true;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->ignore_df = false;
  e.packet_evidence->df = false;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->df = true;
  e.packet_evidence->size = PacketSize{1446, 1446, 0};
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->size = PacketSize{1446, 9000, 1400};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("crypto-error") {
  Event e = held(XfrmOutStateProtoError);
  CHECK(diagnose(e).cause == "crypto-error");
  CHECK(lacks(diagnose(e), "the error number"));
  e.packet_evidence->error = EMSGSIZE;
  CHECK(diagnose(e).why == "The transform of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 (rfc4106(gcm(aes))) "
                           "refused the packet with EMSGSIZE (90).");
  e.evidence->state = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("crypto-queue-full and no-memory, outbound") {
  Event e = held(XfrmOutStateProtoError);
  for (const uint16_t error : {ENOSPC, EBUSY, EAGAIN}) {
    e.packet_evidence->error = error;
    CHECK(diagnose(e).cause == "crypto-queue-full");
  }
  CHECK(says(e, "(rfc4106(gcm(aes))) uses was full: the transform returned EAGAIN (11)."));
  e.packet_evidence->error = EPERM;
  CHECK(diagnose(e).cause == "crypto-error");
  e.packet_evidence->error = ENOMEM;
  CHECK(diagnose(e).cause == "no-memory");
  e.packet_evidence->error = EINVAL;
  CHECK(diagnose(e).cause == "crypto-error");
  e.evidence->state->proto = "comp";
  e.packet_evidence->error = ENOSPC;
  CHECK(diagnose(e).cause == "crypto-error");
}

TEST_CASE("sa-expired of an SA that is no longer valid for that reason, outbound") {
  Event e = held(XfrmOutStateInvalid);
  e.evidence->state->live->km_state = "expired";
  CHECK(diagnose(e).cause == "sa-expired");
  e.evidence->state->live->km_state = "dead";
  e.evidence->state->limits.hard_packets = 1;
  e.evidence->state->live->used.packets = 1;
  CHECK(diagnose(e).cause == "sa-dead"); // it may have been deleted, all the same
  e.evidence->deleted = gone(How::timer);
  CHECK(diagnose(e).cause == "sa-expired");
  CHECK(says(e, "has expired: it reached a hard limit, and was ended 100 ms ago by the kernel's lifetime timer."));
  e.evidence->deleted->limits.hard_packets = 1;
  e.evidence->deleted->live->used.packets = 1;
  CHECK(says(e, "it reached its hard limit of 1 packet (1 used), and was ended 100 ms ago"));
  e.evidence->deleted = gone(How::netlink);
  CHECK(diagnose(e).cause == "sa-dead");
  CHECK(says(e, "is dead, not valid: it was deleted 100 ms ago by ip[301] (netlink), between the look-up"));
  e.evidence->state->live->km_state = "valid"; // a tombstone of one before it
  CHECK(diagnose(e).cause == "unknown");
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
  e.packet_evidence->routed = false;
  CHECK(diagnose(e).cause == "no-dst");
  CHECK(says(e, "No route is attached to 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9."));
  e.packet_evidence->routed = true;
  CHECK(diagnose(e).cause == "unknown");
  e.counter = XfrmFwdHdrError;
  CHECK(diagnose(e).cause == "no-dst");
  CHECK(says(e, "could not be decoded"));
}
