// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Text on states and policies: below an error, and for changes.
#include "../../user/decode/mirror.hpp"
#include "../../user/render/mirror_text.hpp"
#include "../../user/render/text.hpp"
#include "../../user/render/xfrm_words.hpp"
#include "rows.hpp"

#include "../../bpf/counters.h"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr TextStyle kPlain{.time = TextStyle::Time::none};

State state(const state_row& row = gcm()) {
  return decode_state(row, kClockOffset);
}

state_row marked() {
  state_row row = gcm();
  row.mark = 0xd00;
  row.mark_mask = 0xf00;
  row.if_id = 42;
  row.direction = STATE_DIR_IN;
  return row;
}

Event event() {
  evidence e{};
  e.match = MATCH_NEAREST;
  e.has = EVIDENCE_STATE | EVIDENCE_DELETED | EVIDENCE_POLICY;
  e.differs = DIFFERS_MARK;
  e.state = marked();
  e.deleted = gcm();
  e.deleted.removed = by("ip", 4711, 600'000'000'000, HOW_NETLINK);
  e.policy = icmp_out();
  Event out;
  out.counter = XfrmInNoStates;
  out.n = 1;
  out.mono_ns = 612'345'678'900;
  out.evidence = decode_evidence(e, kClockOffset);
  out.process = Process{7, "ping"};
  return out;
}

Change change(uint32_t op, const actor& who) {
  state_change_record r{};
  r.header.mono_ns = 600'000'001'000;
  r.change = {.op = op, .hard = 1, .by = who};
  r.state = gcm();
  return decode_change(r, kClockOffset);
}

} // namespace

TEST_CASE("a state on one line: what is not set is not there") {
  CHECK(state_words(state()) == "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 mode transport");
  CHECK(state_words(state(marked())) == "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 mode transport "
                                        "mark 0xd00/0xf00 if_id 0x2a dir in");
  state_row row = gcm();
  row.proto = 43;
  row.spi = 0;
  row.mark_mask = 0xf;
  row.family = 0;
  CHECK(state_words(state(row)) == "src ??? dst ??? proto route2 reqid 1 mode transport mark 0/0xf");
}

TEST_CASE("fields that differ are marked, set or not") {
  CHECK(state_words(state(), {"reqid", "mark", "if_id", "daddr", "dir"}, false) ==
        "src 10.0.0.1 dst 10.0.0.2 (differs) proto esp spi 0x00000055 reqid 1 (differs) mode transport "
        "mark 0/0 (differs) if_id 0 (differs) dir none (differs)");
  CHECK(state_words(state(), {"mode"}, true) ==
        "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 \x1b[1;31mmode transport\x1b[0m");
}

TEST_CASE("a policy on one line") {
  policy_row row = icmp_out();
  CHECK(policy_words(decode_policy(row, 0)) ==
        "src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out priority 0 ptype main "
        "tmpl src 0.0.0.0 dst 0.0.0.0 proto esp reqid 1 mode transport");
  row.action = XFRM_POLICY_BLOCK;
  row.direction = 4;
  row.mark = row.mark_mask = 1;
  row.if_id = 7;
  row.templates = 2;
  row.tmpl[0].spi = htonl(9);
  row.tmpl[0].optional = 1;
  row.tmpl[1] = row.tmpl[0];
  row.tmpl[1].proto = 108;
  row.tmpl[1].optional = 2;
  CHECK(policy_words(decode_policy(row, 0)) ==
        "src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp socket out action block priority 0 ptype main mark 0x1/0x1 "
        "if_id 0x7 tmpl src 0.0.0.0 dst 0.0.0.0 proto esp spi 0x00000009 reqid 1 mode transport level use "
        "tmpl src 0.0.0.0 dst 0.0.0.0 proto comp spi 0x00000009 reqid 1 mode transport level 2");
}

TEST_CASE("an error with all the evidence there is") {
  const Finding deleted{"sa-deleted", "Why.", "Advice.", {}};
  CHECK(to_text(event(), deleted, kPlain) ==
        "XfrmInNoStates  sa-deleted  netns ?\n"
        "    state    src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 mode transport "
        "mark 0xd00/0xf00 (differs) if_id 0x2a dir in\n"
        "    deleted  src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 mode transport, "
        "deleted 12.3 s ago by ip[4711] (netlink)\n"
        "    policy   src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out priority 0 ptype main "
        "tmpl src 0.0.0.0 dst 0.0.0.0 proto esp reqid 1 mode transport\n"
        "    why      Why.\n"
        "    advice   Advice.\n"
        "    site     process ping[7]\n");
}

TEST_CASE("a state that is not valid says so, and one that went meanwhile") {
  state_row row = gcm();
  row.live.km_state = 4;
  Evidence e;
  e.state = state(row);
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport  expired\n"));
  row.live.read_ns = 0;
  e.state = state(row);
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport  gone\n"));
}

TEST_CASE("a deletion of which nothing is known") {
  Evidence e;
  e.deleted = state();
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport, deleted\n"));
  e.deleted->removed = Actor{.how = How::timer, .mono_ns = {}, .real_ns = {}, .by = {}};
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport, deleted (timer)\n"));
}

TEST_CASE("the other one of two policies whose templates are met together") {
  Evidence e;
  e.policy = decode_policy(icmp_out(), 0);
  CHECK(evidence_text(e, 0, kPlain).find("joined") == std::string::npos);
  e.other_policy = e.policy;
  e.other_policy->type = "sub";
  const std::string text = evidence_text(e, 0, kPlain);
  CHECK(text.find("\n    joined   src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out ") != std::string::npos);
  CHECK(text.find("ptype sub") > text.find("joined"));
}

TEST_CASE("a policy that nearly took the packet, and what kept it from that") {
  Evidence e;
  e.near = NearPolicy{decode_policy(icmp_out(), 0), {"mark", "sel.dev"}};
  CHECK(evidence_text(e, 0, kPlain).starts_with("    near     src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out "));
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport  (differs: mark, sel.dev)\n"));
  e.near->differs.clear();
  CHECK(evidence_text(e, 0, kPlain).ends_with("mode transport\n"));
}

TEST_CASE("changes, one line each") {
  Change c = change(CHANGE_ADD, by("ip", 123, 1, HOW_NETLINK));
  std::get<State>(c.object).netns.name = "b";
  CHECK(to_text(c, {.utc = true}) == "2026-11-22 15:00:00.000001Z  state add  netns b  src 10.0.0.1 dst 10.0.0.2 "
                                     "proto esp spi 0x00000055 reqid 1 mode transport  by ip[123] (netlink)\n");
  CHECK(to_text(change(CHANGE_EXPIRE, by(nullptr, 0, 1, HOW_TIMER)), kPlain) ==
        "state expire hard  netns 4026532000  src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 "
        "mode transport  (timer)\n");
  CHECK(to_text(change(CHANGE_DELETE, by(nullptr, 0, 1, HOW_UNKNOWN)), kPlain) ==
        "state delete  netns 4026532000  src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000055 reqid 1 "
        "mode transport\n");
  policy_change_record p{};
  p.change = {.op = CHANGE_UPDATE, .hard = 0, .by = by("charon", 9, 1, HOW_NETLINK)};
  p.policy = icmp_out();
  p.policy.templates = 0;
  CHECK(to_text(decode_change(p, 0), kPlain) ==
        "policy update  netns 4026532000  src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp dir out priority 0 ptype main  "
        "by charon[9] (netlink)\n");
}

TEST_CASE("changed default policies") {
  defaults_record d{};
  d.by = by("ip", 5, 1, HOW_NETLINK);
  d.netns = 7;
  d.in = d.out = 2;
  d.fwd = 1;
  CHECK(to_text(decode_defaults(d, 0), kPlain) ==
        "policy update  netns 7  default in accept fwd block out accept  by ip[5] (netlink)\n");
}

TEST_CASE("names that others choose cannot drive the terminal, here too") {
  state_row row = gcm();
  std::memset(row.algorithm[0].name, '\x1b', sizeof(row.algorithm[0].name));
  row.removed = by("a\x1b]0;x\n", 1, 1, HOW_NETLINK);
  State s = state(row);
  s.sel->dev = Device{2, "e\x1b[2J"};
  s.netns.name = "n\x1b[31m";
  Change c{.op = "add", .hard = {}, .by = *s.removed, .object = s};
  for (const std::string& text : {state_block(s), deleted_block(s, 2), to_text(c, kPlain)})
    CHECK(text.find('\x1b') == text.npos);
}
