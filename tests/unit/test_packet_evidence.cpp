// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decoded packet evidence; and increments that were not sent keep the cause of those that were.
#include "../../user/decode/packet_evidence.hpp"
#include "../../user/diagnose/memory.hpp"
#include "events.hpp"
#include "records.hpp"

#include <algorithm>
#include <cstring>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("no clue is made up") {
  packet_evidence c{};
  c.integrity_before = c.integrity_after = c.mtu = c.error = 7;
  c.replay_seen = c.df = c.routed = c.inner_proto = c.default_policy[0] = 1;
  c.secpath_len = 2;
  const PacketEvidence out = decode_packet_evidence(c);
  CHECK_FALSE(out.secpath);
  CHECK_FALSE(out.integrity);
  CHECK_FALSE(out.replay_seen);
  CHECK_FALSE(out.size);
  CHECK_FALSE(out.df);
  CHECK_FALSE(out.ignore_df);
  CHECK_FALSE(out.routed);
  CHECK_FALSE(out.inner_proto);
  CHECK_FALSE(out.error);
  CHECK_FALSE(out.defaults);
  CHECK_FALSE(out.transform);
  CHECK_FALSE(out.link);
  CHECK_FALSE(out.policy_dir);
  CHECK_FALSE(decode_flow(c));
}

TEST_CASE("packet_evidence as the kernel side fills them") {
  packet_evidence c{};
  c.has = PACKET_EVIDENCE_SECPATH | PACKET_EVIDENCE_INTEGRITY | PACKET_EVIDENCE_REPLAY | PACKET_EVIDENCE_MTU |
          PACKET_EVIDENCE_DF | PACKET_EVIDENCE_DEFAULTS | PACKET_EVIDENCE_ERROR | PACKET_EVIDENCE_ROUTE |
          PACKET_EVIDENCE_INNER;
  c.integrity_before = 4;
  c.integrity_after = 5;
  c.mtu = 1446;
  c.skb_len = 1500;
  c.error = 90;
  c.df = 1;
  c.inner_proto = 17;
  c.default_policy[0] = 1;
  c.default_policy[1] = c.default_policy[2] = 2;
  c.secpath_len = 1;
  inet_pton(AF_INET6, "fd00::1", c.secpath[0].saddr);
  inet_pton(AF_INET6, "fd00::2", c.secpath[0].daddr);
  c.secpath[0].family = AF_INET6;
  c.secpath[0].proto = 50;
  c.secpath[0].mode = 1;
  c.secpath[0].spi = htonl(0x101);
  c.secpath[0].aalgo = 5;
  c.verified = 1;
  const PacketEvidence out = decode_packet_evidence(c);
  CHECK(out.secpath->front().aalgo == 5);
  CHECK(out.secpath->front().verified);
  CHECK(out.integrity->before == 4);
  CHECK(out.integrity->after == 5);
  CHECK(out.replay_seen == false);
  CHECK(out.size->mtu == 1446);
  CHECK(out.size->len == 1500);
  CHECK(out.df == true);
  CHECK(out.ignore_df == false);
  CHECK(out.routed == false);
  CHECK(out.inner_name == "udp");
  CHECK(out.error == 90);
  CHECK(out.defaults->in == "block");
  CHECK(out.defaults->fwd == "accept");
  REQUIRE(out.secpath->size() == 1);
  CHECK(out.secpath->front().src == "fd00::1");
  CHECK(out.secpath->front().dst == "fd00::2");
  CHECK(out.secpath->front().mode == "tunnel");
  CHECK(out.secpath->front().spi == 0x101);
  CHECK_FALSE(out.secpath->front().netns);
}

TEST_CASE("packet_evidence: lengths of the transform, the packet's device, the direction of the policy check") {
  packet_evidence c{};
  c.has = PACKET_EVIDENCE_TRANSFORM | PACKET_EVIDENCE_LINK | PACKET_EVIDENCE_POLICY_DIR | PACKET_EVIDENCE_MTU;
  c.transform_len = 96;
  c.header_len = 36;
  c.gso_size = 1400;
  c.gso_segs = 40;
  std::memcpy(c.link_kind, "xfrm", 4);
  c.link_if_id = 7;
  c.policy_dir = 2;
  CHECK(decode_packet_evidence(c).transform->len == 96);
  CHECK(decode_packet_evidence(c).transform->header_len == 36);
  CHECK_FALSE(decode_packet_evidence(c).transform->ah_len);
  CHECK(decode_packet_evidence(c).size->gso_segs == 40);
  CHECK(decode_packet_evidence(c).link->kind == "xfrm");
  CHECK(decode_packet_evidence(c).link->if_id == 7);
  CHECK(decode_packet_evidence(c).policy_dir == "fwd");
  c.ah_len = 24;
  c.link_if_id = 0;
  CHECK(decode_packet_evidence(c).transform->ah_len == 24);
  CHECK_FALSE(decode_packet_evidence(c).link->if_id);
}

TEST_CASE("the flow that policies were looked up with") {
  packet_evidence c{};
  c.has = PACKET_EVIDENCE_FLOW;
  c.flow.family = 6;
  inet_pton(AF_INET6, "fd00::1", c.flow.saddr);
  inet_pton(AF_INET6, "ff02::1:ff00:2", c.flow.daddr);
  c.flow.proto = 58;
  c.flow.mark = 9;
  c.flow.has = FLOW_HAS_ICMP;
  c.flow.sport = 135;
  const PacketInfo out = decode_flow(c).value();
  CHECK(out.is_flow);
  CHECK(out.src == "fd00::1");
  CHECK(out.dst == "ff02::1:ff00:2");
  CHECK(out.mark == 9);
  CHECK(out.icmp_type == 135);
  CHECK(out.icmp_code == 0);
  CHECK_FALSE(out.sport);
  c.flow.family = 4;
  c.flow.has = FLOW_HAS_PORTS;
  CHECK(decode_flow(c)->src == "253.0.0.0");
  CHECK(decode_flow(c)->sport == 135);
  CHECK_FALSE(decode_flow(c)->icmp_type);
}

TEST_CASE("a secpath that claims to be longer than it can be") {
  packet_evidence c{};
  c.has = PACKET_EVIDENCE_SECPATH;
  c.secpath_len = ~0u;
  CHECK(decode_packet_evidence(c).secpath->size() == XFRM_DEPTH);
}

TEST_CASE("increments that were not sent keep the cause of the last one of their row that was") {
  Memory memory;
  Event e = event(XfrmInNoStates, "xfrm_input");
  e.row = "one";
  e.packet = esp(0x101, 7);
  e.evidence = found(Match::none);
  CHECK(memory.judge(e).cause == "sa-unknown");
  Event more = event(XfrmInNoStates, "xfrm_input");
  more.repeats = true;
  more.row = "one";
  CHECK(memory.judge(more).cause == "sa-unknown");
  more.row = "other";
  CHECK(memory.judge(more).cause == "unknown");
  e.evidence->deleted = gone(How::netlink);
  CHECK(memory.judge(e).cause == "sa-deleted");
  more.row = "one";
  CHECK(memory.judge(more).cause == "sa-deleted");
}

TEST_CASE("addresses of the devices that a packet in clear is forwarded between") {
  packet_evidence c{};
  CHECK_FALSE(decode_packet_evidence(c).addresses);
  c.has = PACKET_EVIDENCE_ENDS;
  CHECK(decode_packet_evidence(c).addresses->in.empty());
  const uint8_t four[] = {192, 0, 2, 1}, six[16] = {0x20, 0x01, 0x0d, 0xb8};
  std::copy(std::begin(four), std::end(four), c.ends[0].v4[0]);
  std::copy(std::begin(six), std::end(six), c.ends[1].v6[0]);
  CHECK(decode_packet_evidence(c).addresses->in == std::vector<std::string>{"192.0.2.1"});
  CHECK(decode_packet_evidence(c).addresses->out == std::vector<std::string>{"2001:db8::"});
  CHECK(decode_packet_evidence(c).addresses->all);
  c.ends[1].more = 1;
  CHECK_FALSE(decode_packet_evidence(c).addresses->all);
}
