// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The mirror's policies are read completely or not at all.
#include "../../user/cli/known_policies.hpp"
#include "records.hpp"

#include <algorithm>
#include <cerrno>
#include <doctest/doctest.h>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

using namespace xs;

namespace {

policy_kept kept(uint32_t index, uint8_t templates = 1) {
  policy_kept row{};
  row.index = index;
  row.templates = templates;
  return row;
}

struct Mirror {
  std::vector<std::pair<uint64_t, policy_kept>> rows;
  int error = 0;
  std::optional<uint64_t> no_room = 0, no_room_after = 0; // before the rows are read, and from then on
  std::optional<uint32_t> whole;                          // the index of what the kernel gives
  std::vector<uint64_t> read;                             // from the kernel
  std::function<int(uint64_t, policy_kept&)> look_up = [this](uint64_t address, policy_kept& row) {
    const auto found = std::ranges::find(rows, address, [](const auto& one) { return one.first; });
    errno = ENOENT;
    if (found == rows.end()) return -1;
    row = found->second;
    return 0;
  };

  std::optional<std::vector<Policy>> policies() {
    return read_policies({.rows =
                              [this](int& e) {
                                e = error;
                                no_room = no_room_after;
                                return rows;
                              },
                          .look_up = look_up,
                          .no_room = [this] { return no_room; },
                          .read = [this](uint64_t address) -> std::optional<policy_row> {
                            read.push_back(address);
                            if (!whole) return {};
                            policy_row row{};
                            row.index = *whole;
                            row.templates = TEMPLATES;
                            return row;
                          }},
                         0);
  }
};

} // namespace

TEST_CASE("each policy of the map is known") {
  Mirror m;
  m.rows = {{0x10, kept(8)}, {0x20, kept(16)}};
  const auto policies = m.policies();
  REQUIRE(policies);
  REQUIRE(policies->size() == 2);
  CHECK(policies->at(0).index == 8);
  CHECK(policies->at(1).index == 16);
  CHECK(m.read.empty());
}

TEST_CASE("no policies is an answer, a map that cannot be read is none") {
  Mirror m;
  REQUIRE(m.policies());
  CHECK(m.policies()->empty());
  m.error = EPERM;
  CHECK_FALSE(m.policies());
}

TEST_CASE("where a policy found no room nothing is known, also where it came while the others were read") {
  Mirror m;
  m.rows = {{0x10, kept(8)}};
  m.no_room_after = 1;
  CHECK_FALSE(m.policies());
  m.no_room_after = {};
  CHECK_FALSE(m.policies());
}

TEST_CASE("one with more templates than the map keeps is read from the kernel, unless it went") {
  Mirror m;
  m.rows = {{0x10, kept(8, TEMPLATES_KEPT + 1)}, {0x20, kept(16, TEMPLATES_KEPT)}};
  m.whole = 24;
  auto policies = m.policies();
  REQUIRE(policies);
  REQUIRE(policies->size() == 2);
  CHECK(policies->at(0).index == 24);
  CHECK(policies->at(0).templates.size() == TEMPLATES);
  CHECK(m.read == std::vector<uint64_t>{0x10});
  m.whole = {};
  CHECK_FALSE(m.policies()); // it is there, and may be the one that is looked for
  const auto there = m.look_up;
  m.look_up = [&](uint64_t address, policy_kept& row) {
    errno = ENOENT;
    return address == 0x10 && !m.read.empty() ? -1 : there(address, row);
  };
  m.read.clear();
  policies = m.policies();
  REQUIRE(policies);
  CHECK(policies->size() == 1);
}

TEST_CASE("while a row is being written nothing is known") {
  Mirror m;
  m.rows = {{0x10, kept(8)}, {0x20, kept(16)}};
  m.rows[0].second.version = 3;
  CHECK_FALSE(m.policies());
}

TEST_CASE("a row that was being written when it was first read is read again, one that went is left out") {
  Mirror m;
  m.rows = {{0x10, kept(8)}, {0x20, kept(16)}};
  m.rows[0].second.version = m.rows[1].second.version = 3;
  const auto there = m.look_up;
  int looks = 0;
  m.look_up = [&](uint64_t address, policy_kept& row) {
    if (++looks == 3) m.rows[0].second = kept(24);
    errno = ENOENT;
    return address == 0x20 ? -1 : there(address, row);
  };
  const auto policies = m.policies();
  REQUIRE(policies);
  REQUIRE(policies->size() == 1);
  CHECK(policies->at(0).index == 24);
}

TEST_CASE("a row that cannot be read is none that is not there") {
  Mirror m;
  m.rows = {{0x10, kept(8)}};
  m.rows[0].second.version = 3;
  m.look_up = [](uint64_t, policy_kept&) {
    errno = EPERM;
    return -1;
  };
  CHECK_FALSE(m.policies());
}
