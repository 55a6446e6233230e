// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rows of `show errors`.
#include "../../user/collect/error_source.hpp"
#include "../../user/decode/error_table.hpp"
#include "../../user/render/error_table.hpp"
#include "records.hpp"
#include "tree.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

error_row row_of(uint64_t count) {
  error_row row{};
  row.count = count;
  row.bytes = 100 * count;
  row.first_ns = 1'000'000'000;
  row.last_ns = 3'000'000'000;
  row.first.id = identity(AF_INET, "192.0.2.1", "192.0.2.2", 50, 0x901);
  row.first.flags = PACKET_FOUND | PACKET_HAS_SPI | PACKET_HAS_LEN;
  row.first.len = 100;
  row.last = row.first;
  return row;
}

constexpr NetnsId kNetns{4026531840, 7};

std::pair<total_key, total_row> total(uint32_t counter, uint64_t count, NetnsId netns = kNetns) {
  total_row row{};
  row.count = count;
  return {{.netns = netns.inum, .counter = counter, .born_ns = netns.born_ns}, row};
}

} // namespace

TEST_CASE("what the totals have beyond the rows found no room for rows of its own") {
  const Errors errors{{key(kNetns, XfrmInNoStates, 1), row_of(5)}, {key(kNetns, XfrmInNoStates, 2), row_of(2)}};
  const auto rows = counted_errors({total(XfrmInNoStates, 10)}, errors, {{0, SiteRef{"xfrm_input", 0x1a, ""}}});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].site->function == "xfrm_input");
  CHECK(rows[2].n == 3);
  CHECK(rows[2].netns.inum == kNetns.inum);
  CHECK_FALSE(rows[2].site);
  CHECK(counted_errors({total(XfrmInNoStates, 6)}, errors, {}).size() == 2); // counted after the totals were read
}

TEST_CASE("errors that a filter left out, or that came after the last line, are not called lost ones") {
  const Errors errors{{key(kNetns, XfrmInNoStates), row_of(5)}};
  const auto with = [&](uint32_t counter) {
    return counted_errors({total(XfrmInNoStates, 5), total(counter, 40)}, errors, {}).size();
  };
  CHECK(with(XfrmInNoStates | FILTERED) == 1);
  CHECK(with(XfrmInNoStates | AFTER_LIMIT) == 1);
  CHECK(with(XfrmOutNoStates | FILTERED) == 1); // of a counter that is filtered out altogether
  CHECK(with(XfrmOutNoStates) == 2);
}

TEST_CASE("rows of an earlier netns with the same inode number are not this one's") {
  const NetnsId before{kNetns.inum, 3};
  const Errors errors{{key(before, XfrmInNoStates), row_of(5)}};
  const auto rows = counted_errors({total(XfrmInNoStates, 5)}, errors, {});
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].n == 5);
}

TEST_CASE("a row of errors: what its packets were, and no state where none was found") {
  error_key key{};
  key.netns = 4026531840;
  key.counter = XfrmInNoStates;
  const ErrorRow r = decode_error_row(key, row_of(5));
  CHECK(r.n == 5);
  CHECK(r.netns.inum == 4026531840);
  CHECK(r.last->spi == 0x901);
  CHECK_FALSE(r.state);
  CHECK_FALSE(r.deleted_ns);
  CHECK(r.match == Match::unknown);
  const Tree json = tree(to_json(r, 0));
  CHECK(json["state"].is_null());
  CHECK(json["match"].is_null());
  CHECK(json["differs"].is_null());
  CHECK(json["site"].is_null());
}

TEST_CASE("a row of errors: the state of its first event") {
  error_row row = row_of(2);
  row.state = {};
  row.state.known = 1;
  row.state.match = MATCH_NEAREST;
  row.state.differs = DIFFERS_MARK;
  row.state.family = AF_INET;
  row.state.saddr[0] = 10;
  row.state.daddr[0] = 11;
  row.state.proto = 50;
  row.state.spi = htonl(0x901);
  row.state.mark = 0xd00;
  row.state.mark_mask = 0xf00;
  row.state.deleted_ns = 2'000'000'000;
  ErrorRow r = decode_error_row({}, row);
  r.site = SiteRef{"xfrm_input", 0x1a, ""};
  CHECK(r.state->src == "10.0.0.0");
  CHECK(r.state->spi == 0x901);
  CHECK(tree(to_json(r, 0))["state"]["mark"] == "0xd00/0xf00");
  CHECK(tree(to_json(r, 0))["deleted_ts"] == "1970-01-01T00:00:02.000000000Z");
  const std::string text = to_text(r, 5'000'000'000);
  CHECK(text.find("last 2.0 s ago, first 4.0 s ago") != text.npos);
  CHECK(text.find("mark 0xd00/0xf00 (differs)") != text.npos);
  CHECK(text.find("one that would have fitted, 3.0 s ago") != text.npos);
  r.match = Match::held;
  CHECK(to_text(r, 5'000'000'000).find("the last one of its name, 3.0 s ago") != text.npos);
  CHECK(text.find("xfrm_input+0x1a") != text.npos);
}

TEST_CASE("increments without a row of their own are called others") {
  ErrorRow r;
  r.counter = XfrmInNoStates;
  r.n = 7;
  CHECK(to_text(r, 0).find("others, which found no room") != std::string::npos);
  CHECK(tree(to_json(r, 0))["bytes"].is_null());
  CHECK(tree(to_json(r, 0))["first"].is_null());
}
