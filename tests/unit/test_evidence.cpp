// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decoded evidence of the mirror, and changes; any bytes are safe.
#include "../../user/decode/mirror.hpp"
#include "../../user/render/mirror_json.hpp"
#include "../../user/render/mirror_text.hpp"
#include "rows.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace xs;
using namespace xs::test;

namespace {

using Words = std::vector<std::string>;

// A row is whatever the bytes say.
template <class T> T row_of(std::mt19937_64& random) {
  T out;
  auto* bytes = reinterpret_cast<uint8_t*>(&out);
  for (size_t i = 0; i < sizeof(T); i++)
    bytes[i] = static_cast<uint8_t>(random());
  return out;
}

template <class T> T all_ones() {
  T out;
  std::memset(static_cast<void*>(&out), 0xff, sizeof(out));
  return out;
}

// Everything that can be made of a row.
size_t all_words(const state_reading& reading) {
  const State s = decode_reading(reading, kClockOffset);
  return state_block(s, {.statistics = true}).size() + deleted_block(s, 0).size() + line(show_json(s)).size();
}

size_t all_words(const policy_row& row) {
  const Policy p = decode_policy(row, kClockOffset);
  return policy_block(p, {.statistics = true}).size() + line(show_json(p)).size();
}

} // namespace

TEST_CASE("evidence: what it has, and in which fields it differs, in their order") {
  evidence e{};
  CHECK_FALSE(decode_evidence(e, 0));
  e.match = MATCH_NEAREST;
  e.has = EVIDENCE_STATE | EVIDENCE_POLICY;
  e.differs = 0xffff;
  e.state = gcm();
  e.deleted = gcm();
  e.policy = icmp_out();
  Evidence out = decode_evidence(e, kClockOffset).value();
  CHECK(out.match == Match::nearest);
  CHECK(out.differs == Words{"reqid", "mode", "mark", "if_id", "spi", "daddr", "saddr", "proto", "dir", "sel"});
  CHECK_FALSE(out.template_at);
  CHECK(out.state->spi == 0x55);
  CHECK_FALSE(out.deleted);
  CHECK(out.policy->dir == "out");
  e.has = EVIDENCE_DELETED;
  e.match = 99;
  e.differs = DIFFERS_MARK;
  out = decode_evidence(e, 0).value();
  CHECK(out.match == Match::unknown);
  CHECK(out.deleted);
  CHECK_FALSE(out.state);
}

TEST_CASE("evidence: the template that failed, also where no state was found") {
  evidence e{};
  e.match = MATCH_NONE;
  e.has = EVIDENCE_POLICY | EVIDENCE_TEMPLATE;
  e.policy = icmp_out();
  e.secpath_at = NOT_IN_SECPATH;
  CHECK(decode_evidence(e, 0)->template_at == 0);
  CHECK_FALSE(decode_evidence(e, 0)->secpath_at);
  CHECK_FALSE(decode_evidence(e, 0)->wanted_dst);
  e.template_at = 1; // inbound: no template asks for an SA of the secpath
  e.secpath_at = 2;
  CHECK(decode_evidence(e, 0)->template_at == 1);
  CHECK(decode_evidence(e, 0)->secpath_at == 2);
  e.template_at = 2; // the policy has but one
  CHECK_FALSE(decode_evidence(e, 0)->template_at);
  e.has = EVIDENCE_TEMPLATE;
  e.template_at = 0;
  CHECK_FALSE(decode_evidence(e, 0)->template_at);
}

TEST_CASE("evidence: the addresses that an SA was looked for with") {
  evidence e{};
  e.match = MATCH_NONE;
  e.has = EVIDENCE_POLICY | EVIDENCE_TEMPLATE;
  e.policy = icmp_out();
  e.want_family = AF_INET6;
  set_address(e.want_daddr, AF_INET6, "fd00::2");
  CHECK(decode_evidence(e, 0)->wanted_dst == "fd00::2");
  CHECK_FALSE(decode_evidence(e, 0)->wanted_src); // the kernel took that of its route
  set_address(e.want_saddr, AF_INET6, "fd00::1");
  CHECK(decode_evidence(e, 0)->wanted_src == "fd00::1");
}

TEST_CASE("rows that were just being written are no evidence") {
  evidence e{};
  e.match = MATCH_EXACT;
  e.has = EVIDENCE_STATE | EVIDENCE_DELETED | EVIDENCE_POLICY;
  e.state.version = 3;
  e.deleted.version = 4;
  e.policy.version = 5;
  const Evidence out = decode_evidence(e, 0).value();
  CHECK_FALSE(out.state);
  CHECK(out.deleted);
  CHECK_FALSE(out.policy);
}

TEST_CASE("changes: what, when, by whom") {
  state_change_record s{};
  s.header.mono_ns = 700'000'000'000;
  s.change = {.op = CHANGE_EXPIRE, .hard = 1, .by = by(nullptr, 0, 700'000'000'000, HOW_TIMER)};
  s.state = gcm();
  const Change expired = decode_change(s, kClockOffset);
  CHECK(expired.op == "expire");
  CHECK(expired.hard == true);
  CHECK(expired.real_ns == 1795359700'000000000);
  CHECK(expired.by.how == How::timer);
  CHECK(std::get<State>(expired.object).spi == 0x55);
  policy_change_record p{};
  p.change = {.op = CHANGE_DELETE, .hard = 1, .by = by("ip", 7, 1, HOW_FLUSH)};
  p.policy = icmp_out();
  const Change deleted = decode_change(p, 0);
  CHECK(deleted.op == "delete");
  CHECK_FALSE(deleted.hard);
  CHECK(std::get<Policy>(deleted.object).index == 1);
  defaults_record d{};
  d.netns = 7;
  d.in = 1;
  d.fwd = 2;
  d.out = 9;
  const DefaultsChange defaults = decode_defaults(d, 0);
  CHECK(defaults.netns.inum == 7);
  CHECK(defaults.in == "block");
  CHECK(defaults.fwd == "accept");
  CHECK(defaults.out == "9");
}

TEST_CASE("no bytes do harm") {
  std::mt19937_64 random(1);
  CHECK(all_words(all_ones<state_reading>()) > 0);
  CHECK(all_words(all_ones<policy_row>()) > 0);
  CHECK(decode_evidence(all_ones<evidence>(), kClockOffset).has_value() == false);
  for (int i = 0; i < 300; i++) {
    CHECK(all_words(row_of<state_reading>(random)) > 0);
    CHECK(all_words(row_of<policy_row>(random)) > 0);
    Event e;
    e.evidence = decode_evidence(row_of<evidence>(random), static_cast<int64_t>(random()));
    CHECK(line(to_json(e, {})).back() == '\n');
    CHECK(line(to_json(decode_change(row_of<state_change_record>(random), kClockOffset))).back() == '\n');
    CHECK(to_text(decode_change(row_of<policy_change_record>(random), kClockOffset), {}).back() == '\n');
    CHECK(to_text(decode_defaults(row_of<defaults_record>(random), kClockOffset), {}).back() == '\n');
  }
}
