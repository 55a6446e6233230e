// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of packets that their SA refuses: with the evidence, without it, and with evidence against.
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr const char* kSa = "the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101";

Event held(uint8_t counter, const char* function = "xfrm_input") {
  Event e = event(counter, function);
  e.packet = esp(0x101, 5);
  e.evidence = found(Match::held, sa());
  e.packet_evidence.emplace();
  return e;
}

Event replayed(uint32_t seq, uint32_t top, uint32_t window) {
  Event e = held(XfrmInStateSeqError);
  e.packet->seq = seq;
  e.evidence->state->live->seq = top;
  e.evidence->state->window = window;
  return e;
}

} // namespace

TEST_CASE("replay-duplicate: inside the window, and its bit is set") {
  Event e = replayed(99, 100, 32);
  e.packet_evidence->replay_seen = true;
  CHECK(diagnose(e).cause == "replay-duplicate");
  CHECK(diagnose(e).why ==
        fmt::format("Sequence number 99 was received before under {}: it lies inside the replay window "
                    "of 32 (highest 100).",
                    kSa));
  e.packet_evidence->replay_seen = false;
  CHECK(diagnose(e).cause == "unknown");
  e.packet_evidence->replay_seen = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the replay window's bit"));
}

TEST_CASE("replay-too-old: left of the window, by how much") {
  Event e = replayed(5, 100, 32);
  CHECK(diagnose(e).cause == "replay-too-old");
  CHECK(diagnose(e).why ==
        fmt::format("Sequence number 5 is 95 behind the highest one (100) of {}: the replay window of 32 "
                    "is too small by 64, or the sender's numbers began anew.",
                    kSa));
  CHECK(
      diagnose(e).advice.starts_with("If the peer installed its SA anew (an agent that restarted), its numbers began"));
  CHECK(diagnose(e).advice.ends_with("widen the replay-window above 95 (replay-window 128)."));
  e = replayed(205, 300, 32);
  CHECK(diagnose(e).why ==
        fmt::format("Sequence number 205 is 95 behind the highest one (300) of {}: the replay window of 32 "
                    "is too small by 64.",
                    kSa));
  CHECK(diagnose(e).advice ==
        "Widen the SA's replay-window above 95 (ip xfrm state add ... replay-window 128; strongSwan: "
        "replay_window = 128), and look for what reorders packets that far.");
  CHECK(says(replayed(100'000, 200'000, 32), "is too small by 99969, or the sender's numbers began anew."));
  CHECK(diagnose(replayed(69, 100, 32)).cause != "replay-too-old"); // the first one inside
  CHECK(diagnose(replayed(68, 100, 32)).cause == "replay-too-old");
  CHECK(
      diagnose(replayed(1, 900'000, 32)).advice.starts_with("So far back nothing is reordered: the sender's numbers"));
  CHECK(says(replayed(0, 100, 32), "numbers begin with 1"));
  CHECK(diagnose(replayed(0, 100, 32)).advice.find("A wider replay-window does not help.") != std::string::npos);
  e.packet->seq = {};
  CHECK(lacks(diagnose(e), "the packet's sequence number"));
  e.evidence->state->live = {};
  CHECK(lacks(diagnose(e), "SA's present state"));
}

TEST_CASE("encap-mismatch: NAT traversal on one side") {
  Event e = held(XfrmInStateMismatch);
  e.evidence->state->encap = Encap{"espinudp", 4500, 4500, {}, 0};
  CHECK(diagnose(e).cause == "encap-mismatch");
  CHECK(diagnose(e).why ==
        "The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 wants ESP in UDP (sport 4500 dport 4500), "
        "the packet came as plain ESP.");
  e.packet->encap = "udp";
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->encap = {};
  CHECK(diagnose(e).cause == "encap-mismatch");
  CHECK(says(e, "wants plain ESP, the packet came as ESP in UDP."));
  e.packet = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the packet"));
}

TEST_CASE("selector-mismatch: the first field outside of the SA's selector") {
  Event e = held(XfrmInStateMismatch, "__xfrm_policy_check");
  e.packet = udp();
  Selector sel;
  sel.src = "10.0.0.1";
  sel.dst = "10.0.0.2";
  sel.src_bits = sel.dst_bits = 32;
  sel.proto = 17;
  sel.proto_name = "udp";
  sel.upper = {{"dport", 7777}};
  sel.dport_mask = 0xffff;
  e.evidence->state->sel = sel;
  CHECK(diagnose(e).cause == "selector-mismatch");
  CHECK(diagnose(e).why ==
        fmt::format("Out of {} came 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9, which is outside of the SA's "
                    "selector: dport is 9, the selector says 7777.",
                    kSa));
  e.packet->dport = 7777;
  CHECK(diagnose(e).cause == "unknown");
  e.packet->dport = {};
  CHECK(lacks(diagnose(e), "all of the decapsulated flow"));
  e.packet->dst = "10.0.1.2";
  CHECK(says(e, "dst is 10.0.1.2, the selector says 10.0.0.2/32."));
  CHECK(diagnose(e).advice.starts_with("Delete the SA (ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi "
                                       "0x00000101) and add it again with a selector that takes dst 10.0.1.2"));
  e.evidence->state->sel = {};
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("selector-mismatch: type and code of ICMP, which the kernel keeps in the place of ports") {
  Event e = held(XfrmInStateMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.packet->proto = "icmp";
  e.packet->icmp_type = 13;
  e.packet->icmp_code = 1;
  Selector sel;
  sel.proto = 1;
  sel.proto_name = "icmp";
  sel.upper = {{"type", 8}};
  sel.sport_mask = 0xffff;
  e.evidence->state->sel = sel;
  e.evidence->differs = {"sel.sport"};
  CHECK(says(e, "type is 13, the selector says 8."));
  CHECK(diagnose(e).advice.find("with a selector that takes type 13") != std::string::npos);
  e.evidence->state->sel->upper.emplace_back("code", 0);
  e.evidence->differs = {"sel.dport"};
  CHECK(says(e, "code is 1, the selector says 0."));
  e.packet->icmp_code = {};
  CHECK(says(e, "code is not known, the selector says 0."));
}

TEST_CASE("selector-mismatch: the device, and the flow as it was before NAT") {
  Event e = held(XfrmInStateMismatch, "__xfrm_policy_check");
  e.packet = udp();
  e.evidence->state->sel.emplace();
  e.evidence->state->sel->dst = "10.9.0.0";
  e.evidence->state->sel->dst_bits = 16;
  e.looked_up = udp();
  e.looked_up->dst = "10.9.0.7";
  CHECK(diagnose(e).cause == "unknown"); // NAT has changed the packet since, not what was looked up
  e.evidence->state->sel->dev = Device{1, "lo"};
  e.looked_up->ifindex = 4;
  CHECK(says(e, "dev is device 4, the selector says lo."));
  e.evidence->state->sel->dev = Device{2, "vb"};
  e.looked_up->ifindex = 1;
  CHECK(says(e, "dev is lo, the selector says vb."));
  e.evidence->state->sel->dev = Device{1, "lo"};
  e.looked_up->ifindex = 4;
  e.packet->ifindex = 4;
  e.packet->ifname = "eth0";
  CHECK(says(e, "dev is eth0, the selector says lo."));
  CHECK(diagnose(e).advice.find("without dev, or with dev eth0") != std::string::npos);
  e.looked_up->ifindex = 1;
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("XfrmInError: a route that vanished, or no memory") {
  Event e = held(XfrmInError);
  CHECK(lacks(diagnose(e), "whether a route is attached"));
  e.packet_evidence->routed = false;
  CHECK(diagnose(e).cause == "no-dst");
  CHECK(says(e, "The route that the packet from 10.0.0.1 to 10.0.0.2 had come by was deleted before it could be kept"));
  e.packet_evidence->routed = true;
  CHECK(diagnose(e).cause == "unknown"); // an SA was found, so that there was a list to put it into
  e.evidence->state = {};
  CHECK(diagnose(e).cause == "no-memory");
  e.packet_evidence->routed = {};
  e.site->function = "xfrm6_input_addr";
  CHECK(diagnose(e).cause == "no-memory");
  e.site->function = "espintcp_rcv";
  CHECK(diagnose(e).cause == "unknown");
}

TEST_CASE("selector-mismatch of what came out of a tunnel: the other family, without af-unspec") {
  Event e = held(XfrmInStateModeError, "xfrm_input");
  State& s = *e.evidence->state;
  s.mode = "tunnel";
  CHECK(lacks(diagnose(e), "the protocol found inside"));
  e.packet_evidence->inner_proto = 41;
  CHECK(diagnose(e).cause == "selector-mismatch");
  CHECK(diagnose(e).why.find("came an IPv6 packet, but the SA's selector is for IPv4 alone.") != std::string::npos);
  CHECK(diagnose(e).advice.find("with flag af-unspec, or with a selector of the flow's family (sel src ::/0") !=
        std::string::npos);
  s.flag_names = {"af-unspec"};
  CHECK(diagnose(e).cause == "mode-mismatch");
  s.flag_names = {};
  s.sel.emplace().family = 6;
  CHECK(diagnose(e).cause == "mode-mismatch");
  e.packet_evidence->inner_proto = 4;
  CHECK(diagnose(e).cause == "selector-mismatch");
  e.packet_evidence->inner_proto = 17;
  CHECK(diagnose(e).cause == "mode-mismatch");
}

TEST_CASE("mode-mismatch: a tunnel interface, or contents that the mode cannot take") {
  Event e = held(XfrmInStateModeError, "vti_rcv_cb");
  CHECK(diagnose(e).cause == "mode-mismatch");
  CHECK(says(e, "is in transport mode, but its packets arrive at a tunnel interface, which"));
  e.site->module = "ip_vti";
  CHECK(says(e, "arrive at a tunnel interface (ip_vti), which"));
  e.evidence->state->mode = "tunnel";
  CHECK(diagnose(e).cause == "unknown");
  e.site->function = "xfrm_input";
  CHECK(lacks(diagnose(e), "the protocol found inside of ESP"));
  e.packet_evidence->inner_proto = 17;
  e.packet_evidence->inner_name = "udp";
  CHECK(diagnose(e).cause == "mode-mismatch");
  CHECK(says(e, "is in tunnel mode, but inside of the packet is udp"));
  e.evidence->state = {};
  CHECK(lacks(diagnose(e), "the SA that the packet held"));
}

TEST_CASE("direction-mismatch") {
  Event e = held(XfrmInStateDirError);
  CHECK(lacks(diagnose(e), "the SA's direction"));
  e.evidence->state->dir = "out";
  CHECK(diagnose(e).cause == "direction-mismatch");
  CHECK(says(e, "was made for direction out, but was met by a packet on its way in."));
  e.counter = XfrmOutStateDirError;
  CHECK(diagnose(e).cause == "unknown");
  e.evidence->state->dir = "in";
  CHECK(diagnose(e).cause == "direction-mismatch");
}

TEST_CASE("header-truncated") {
  Event e = held(XfrmInHdrError);
  CHECK(diagnose(e).cause == "unknown"); // SPI and sequence number are there
  e.packet->seq = {};
  CHECK(diagnose(e).cause == "header-truncated");
  CHECK(diagnose(e).why == "The packet from 10.0.0.1 to 10.0.0.2 (120 bytes) ends within its esp header: the sequence "
                           "number is missing.");
  e.packet->spi = {};
  CHECK(says(e, "SPI and sequence number are missing."));
  e.packet = {};
  CHECK(lacks(diagnose(e), "the packet"));
  e.site->function = "__xfrm_policy_check";
  CHECK(says(e, "could not be decoded for the policy check."));
}

TEST_CASE("nested-too-deep") {
  Event e = held(XfrmInBufferError);
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e.packet_evidence->secpath.emplace(6, through("transport"));
  CHECK(diagnose(e).cause == "nested-too-deep");
  CHECK(says(e, "already came through 6 SAs, and the kernel has room for 6."));
  e.packet_evidence->secpath->pop_back();
  CHECK(diagnose(e).cause == "unknown");
  e.site->function = "xfrm6_input_addr";
  CHECK(diagnose(e).cause == "nested-too-deep");
  e.packet_evidence->secpath->clear();
  CHECK(diagnose(e).cause == "unknown");
  e.site->function = "xfrm_input";
  CHECK(diagnose(e).cause == "nested-too-deep");
  CHECK(says(e, "threw away the list of SAs"));
  CHECK(lacks(diagnose(e), "the SAs that the packet came through"));
  e.evidence->policy = policy("in", std::vector<Template>(6, transport()));
  CHECK(says(e, "The policy has 6 templates"));
}

TEST_CASE("IP-TFS") {
  CHECK(diagnose(event(XfrmInIptfsError, "iptfs_input")).cause == "iptfs-payload");
  CHECK(diagnose(event(XfrmOutNoQueueSpace, "iptfs_output_collect")).cause == "iptfs-queue-full");
}
