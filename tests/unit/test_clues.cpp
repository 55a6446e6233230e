// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the kernel side's clues say; and that increments that were not sent keep the cause of those that were.
#include "../../user/decode/clues.hpp"
#include "../../user/diagnose/memory.hpp"
#include "events.hpp"
#include "records.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("no clue is made up") {
  clues c{};
  c.integrity_before = c.integrity_after = c.mtu = c.error = 7;
  c.replay_seen = c.df = c.routed = c.inner_proto = c.default_policy[0] = 1;
  c.secpath_len = 2;
  const Clues out = decode_clues(c);
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
}

TEST_CASE("clues as the kernel side fills them") {
  clues c{};
  c.has = CLUE_SECPATH | CLUE_INTEGRITY | CLUE_REPLAY | CLUE_MTU | CLUE_DF | CLUE_DEFAULTS | CLUE_ERROR | CLUE_ROUTE |
          CLUE_INNER;
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
  const Clues out = decode_clues(c);
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

TEST_CASE("a secpath that claims to be longer than it can be") {
  clues c{};
  c.has = CLUE_SECPATH;
  c.secpath_len = ~0u;
  CHECK(decode_clues(c).secpath->size() == SECPATH_ROOM);
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
