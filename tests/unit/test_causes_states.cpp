// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets without a usable SA: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

Event no_states(Evidence evidence) {
  Event e = event(XfrmInNoStates, "xfrm_input");
  e.packet = esp(0x101, 7);
  e.evidence = std::move(evidence);
  return e;
}

Event held(uint8_t counter, const char* km_state) {
  Event e = event(counter, "xfrm_input");
  e.packet = esp(0x101, 7);
  State s = sa();
  s.live->km_state = km_state;
  e.evidence = found(Match::held, s);
  return e;
}

} // namespace

TEST_CASE("sa-deleted: who deleted it, when, how") {
  Event e = no_states(found(Match::none));
  e.evidence->deleted = gone(How::netlink);
  const Finding f = diagnose(e);
  CHECK(f.cause == "sa-deleted");
  CHECK(f.why == "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 was deleted 100 ms ago by ip[301] (netlink); the "
                 "peer still sends to it.");
  CHECK(f.advice.starts_with("Let old and new keys overlap for longer, and look at why ip[301] deleted the SA"));
  CHECK(f.missing.empty());
  e.evidence->deleted = gone(How::flush);
  CHECK(diagnose(e).why.find("by ip[301] (flush)") != std::string::npos);
}

TEST_CASE("sa-deleted names the SA that has its SPI now") {
  State other = sa();
  other.dst = "192.168.60.90";
  Event e = no_states(found(Match::nearest, other, {"daddr"}));
  e.evidence->deleted = gone(How::netlink);
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why.ends_with("Its SPI now belongs to the SA to 192.168.60.90."));
}

TEST_CASE("sa-deleted: nothing is known of the removal but that it was") {
  Event e = no_states(found(Match::none));
  e.evidence->deleted = sa();
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why.find("was deleted; the peer") != std::string::npos);
}

TEST_CASE("sa-deleted tells that the tombstone's mark would not have taken the packet either") {
  Event e = no_states(found(Match::none));
  e.evidence->deleted = gone(How::netlink);
  e.evidence->deleted->mark = {0xd00, 0xf00};
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why.ends_with(
      "still sends to it. It wanted mark 0xd00/0xf00, and the packet has mark 0x20: it would not have fitted either."));
  e.evidence->deleted->removed->how = How::timer;
  CHECK(diagnose(e).cause == "sa-expired");
  CHECK(diagnose(e).why.ends_with("and the packet has mark 0x20: it would not have fitted either."));
}

TEST_CASE("the tombstone for the packet's own destination comes before an SA of its SPI for another one") {
  State other = sa();
  other.dst = "192.168.60.90";
  other.mark = {0xd00, 0xf00};
  Event e = no_states(found(Match::nearest, other, {"mark", "daddr"}));
  e.evidence->deleted = gone(How::flush);
  e.evidence->deleted->mark = {0xd00, 0xf00};
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why.find("It wanted mark 0xd00/0xf00") != std::string::npos);
  CHECK(diagnose(e).why.ends_with("Its SPI now belongs to the SA to 192.168.60.90."));
  e.evidence->deleted->dst = "192.168.60.91"; // of another destination, too
  CHECK(diagnose(e).cause == "sa-daddr-mismatch");
  e.evidence->deleted->dst = "10.0.0.2";
  e.evidence->deleted->spi = 0x102;
  CHECK(diagnose(e).cause == "sa-daddr-mismatch");
}

TEST_CASE("a live SA of the packet's name that wants another mark is nearer than a tombstone that does, too") {
  State live = sa();
  live.mark = {0xe00, 0xf00};
  Event e = no_states(found(Match::nearest, live, {"mark"}));
  e.evidence->deleted = gone(How::netlink);
  e.evidence->deleted->mark = {0xd00, 0xf00};
  CHECK(diagnose(e).cause == "sa-mark-mismatch");
  e.evidence->deleted->mark = {}; // would have taken the packet
  CHECK(diagnose(e).cause == "sa-deleted");
  CHECK(diagnose(e).why.ends_with("The SA that has its SPI now wants mark 0xe00/0xf00."));
}

TEST_CASE("without the mirror no cause of a missing SA is known") {
  Event e = no_states({});
  e.evidence = {};
  const Finding f = diagnose(e);
  CHECK(f.cause == "unknown");
  CHECK(lacks(f, "mirror"));
  CHECK(f.why.find("It was counted at xfrm_input+0x40. Not known: the mirror of states") != std::string::npos);
  CHECK(f.advice == "Look further with: ip -s xfrm state; xfrm-snap explain XfrmInNoStates tells more.");
}

TEST_CASE("sa-expired: the timer's tombstone, with the limit") {
  Event e = no_states(found(Match::none));
  e.evidence->deleted = gone(How::timer);
  e.evidence->deleted->limits.hard_add_s = 30;
  e.evidence->deleted->live->used.added_s = 1795359826 - 30;
  const Finding f = diagnose(e);
  CHECK(f.cause == "sa-expired");
  CHECK(f.why.find("ended 100 ms ago: it reached its hard limit of 30 s") != std::string::npos);
}

TEST_CASE("sa-expired: a live SA at its limit of packets") {
  Event e = held(XfrmInStateExpired, "expired");
  e.evidence->state->limits.hard_packets = 2;
  e.evidence->state->live->used.packets = 2;
  CHECK(diagnose(e).cause == "sa-expired");
  CHECK(diagnose(e).why ==
        "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 has expired: it reached its hard limit of "
        "2 packets (2 used).");
  e.counter = XfrmInStateInvalid;
  CHECK(diagnose(e).cause == "sa-expired");
  e.evidence->state->live->km_state = "dead";
  CHECK(diagnose(e).cause == "sa-dead"); // who ended it is not known
  e.evidence->deleted = gone(How::timer);
  e.evidence->deleted->limits.hard_packets = 2;
  e.evidence->deleted->live->used.packets = 2;
  CHECK(diagnose(e).cause == "sa-expired");
  CHECK(says(e,
             "has expired: it reached its hard limit of 2 packets (2 used), and was ended 100 ms ago by the kernel's "
             "lifetime timer."));
  e.evidence->deleted = gone(How::netlink);
  CHECK(diagnose(e).cause == "sa-dead");
  CHECK(says(e, "was deleted 100 ms ago by ip[301] (netlink) while the packet was under way to it."));
}

TEST_CASE("sa-expired: the SA or its lifetimes are not known") {
  Event e = held(XfrmInStateExpired, "expired");
  e.evidence->state->live = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "SA's present state"));
  e.evidence->state = {};
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("not sa-expired: the SA is valid and below its limits") {
  Event e = held(XfrmInStateExpired, "valid");
  e.evidence->state->limits.hard_packets = 3;
  e.evidence->state->live->used.packets = 2;
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("sa-mark-mismatch on a VTI: its ikey counts, not the packet's mark") {
  State s = sa();
  s.mark = {0x9, 0xffffffff};
  Event e = no_states(found(Match::nearest, s, {"mark"}));
  e.packet->mark = 0x9;
  e.packet_evidence.emplace().ikey = 8;
  e.packet_evidence->link = Link{"vti", {}, "vti1"};
  CHECK(diagnose(e).cause == "sa-mark-mismatch");
  CHECK(diagnose(e).why.ends_with("wants mark 0x9/0xffffffff, the VTI vti1 looks for mark 0x8, its ikey."));
  CHECK(diagnose(e).advice.starts_with("Give the VTI ikey 9 (ip link set dev vti1 type vti ikey 9), or install the SA "
                                       "with mark 0x8:"));
}

TEST_CASE("sa-mark-mismatch names both marks and the device") {
  State s = sa();
  s.mark = {0xd00, 0xf00};
  Event e = no_states(found(Match::nearest, s, {"mark"}));
  CHECK(diagnose(e).cause == "sa-mark-mismatch");
  CHECK(diagnose(e).why == "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 wants mark 0xd00/0xf00, the packet has "
                           "mark 0x20; nothing on its way in through vb had set it.");
  CHECK(diagnose(e).advice.starts_with("Look at what should set mark 0xd00/0xf00 before IPsec sees the packet on vb"));
  e.packet->mark = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the packet's mark"));
  e.evidence->differs = {};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("sa-mark-mismatch names what tc had on the device, or has") {
  State s = sa();
  s.mark = {0xd00, 0xf00};
  Event e = no_states(found(Match::nearest, s, {"mark"}));
  TcPresent program;
  program.item.what = TcWhat::tcx;
  program.item.kind = "tcx";
  program.item.prog = TcProg{7, "mark_it", ""};
  e.tc = TcPoint{"ingress", {program}, {}, 0, {}};
  CHECK(diagnose(e).why.ends_with("mark 0x20; the tcx program mark_it on vb ingress has not set it."));
  program.item.what = TcWhat::filter;
  program.item.kind = "bpf";
  Actor by;
  by.by = Process{4711, "tc"};
  by.mono_ns = e.mono_ns - 3'000'000;
  e.tc = TcPoint{"ingress", {}, {{program, by}}, 0, {}};
  CHECK(diagnose(e).why.ends_with("; the bpf filter mark_it on vb ingress was removed 3 ms ago by tc[4711]."));
}

TEST_CASE("sa-daddr-mismatch names both destinations") {
  State s = sa();
  s.dst = "10.9.0.2";
  Event e = no_states(found(Match::nearest, s, {"daddr"}));
  CHECK(diagnose(e).cause == "sa-daddr-mismatch");
  CHECK(diagnose(e).why == "The packet is to 10.0.0.2, but the SA with spi 0x00000101 is to 10.9.0.2 (from 10.0.0.1).");
  s.mark = {0xd00, 0xf00};
  e.evidence = found(Match::nearest, s, {"mark", "daddr"});
  CHECK(diagnose(e).cause == "sa-daddr-mismatch");
  CHECK(diagnose(e).why.ends_with(", and it wants mark 0xd00/0xf00."));
}

TEST_CASE("sa-unknown: nobody has the SPI or had it") {
  Event e = no_states(found(Match::none));
  CHECK(diagnose(e).cause == "sa-unknown");
  CHECK(diagnose(e).why ==
        "10.0.0.1 sends esp with spi 0x00000101 to 10.0.0.2, but no SA of esp has this SPI, and none has had it "
        "since xfrm-snap started.");
  e.packet->spi = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the packet's SPI"));
  e.packet = {};
  CHECK(lacks(diagnose(e), "the packet"));
}

TEST_CASE("not sa-unknown: an SA that fits is there") {
  CHECK(diagnose(no_states(found(Match::exact, sa()))).cause == "unknown");
}

TEST_CASE("sa-unknown of Mobile IPv6 is about an address") {
  Event e = no_states(found(Match::none));
  e.site->function = "xfrm6_input_addr";
  e.packet->spi = {};
  CHECK(diagnose(e).cause == "sa-unknown");
  CHECK(diagnose(e).why.find("home address option") != std::string::npos);
}

TEST_CASE("sa-larval") {
  Event e = held(XfrmAcquireError, "acq");
  e.evidence->state->added = by_ip(How::netlink, 2'500'000'000);
  CHECK(diagnose(e).cause == "sa-larval");
  CHECK(diagnose(e).why.find("made 2.5 s ago, is larval") != std::string::npos);
  CHECK(diagnose(held(XfrmAcquireError, "valid")).cause == "unknown");
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("sa-dead") {
  CHECK(diagnose(held(XfrmInStateInvalid, "dead")).cause == "sa-dead");
  CHECK(diagnose(held(XfrmInStateInvalid, "valid")).cause == "unknown");
  Event e = held(XfrmInStateInvalid, "dead");
  e.evidence->state = {};
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("a counter without a rule says what the kernel means by it") {
  const Finding f = diagnose(event(XfrmInError, "somewhere"));
  CHECK(f.cause == "unknown");
  CHECK(f.why ==
        "An inbound packet failed in a way that no other counter names: no memory for the list of its SAs, or its "
        "route vanished before the SA was used. It was counted at somewhere+0x40.");
  CHECK_FALSE(f.advice.empty());
  CHECK_FALSE(diagnose(event(47, "somewhere")).why.empty());
}
