// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One block per distinct failure; further ones are counted.
#include "../../user/diagnose/causes.hpp"
#include "../../user/render/live.hpp"
#include "../../user/render/repeats.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
const TextStyle kPlain{.time = TextStyle::Time::none};

Event failure(const char* row, uint64_t at_s, uint64_t n = 1) {
  Event e = event(XfrmInNoStates, "xfrm_input");
  e.row = row;
  e.n = n;
  e.mono_ns = at_s * kSecond;
  e.packet = esp(0x101, 7);
  return e;
}

const Finding kUnknown{"sa-unknown", "Why.", "Advice.", {}}, kDeleted{"sa-deleted", "Why.", "Advice.", {}};

} // namespace

TEST_CASE("a failure has one block, those that follow are counted below it") {
  Repeats repeats(kPlain);
  CHECK(repeats.add(failure("a", 1), kUnknown).starts_with("XfrmInNoStates  sa-unknown  netns b\n"));
  CHECK(repeats.add(failure("a", 2, 4000), kUnknown).empty());
  CHECK(repeats.add(failure("a", 4, 200), kUnknown).empty());
  CHECK(repeats.due(4 * kSecond).empty());
  CHECK(repeats.due(6 * kSecond) == "    … 4,200 more in 3.0 s\n");
  CHECK(repeats.due(9 * kSecond).empty());
}

TEST_CASE("a lasting flood is told of every three seconds") {
  Repeats repeats(kPlain);
  repeats.add(failure("a", 1), kUnknown);
  for (uint64_t s = 2; s < 6; s++)
    CHECK(repeats.add(failure("a", s), kUnknown).empty());
  CHECK(repeats.due(5 * kSecond + 1) == "    … 4 more in 4.0 s\n");
}

TEST_CASE(
    "another failure ends the count of the one above it, and a line that is not below its block says of what it is") {
  Repeats repeats(kPlain);
  repeats.add(failure("a", 1), kUnknown);
  repeats.add(failure("a", 2), kUnknown);
  CHECK(repeats.add(failure("b", 3), kUnknown).starts_with("    … 1 more in 1.0 s\nXfrmInNoStates  sa-unknown"));
  repeats.add(failure("a", 4), kUnknown);
  CHECK(repeats.due(9 * kSecond) ==
        "XfrmInNoStates  sa-unknown  netns b  src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101"
        "  … 1 more in 2.0 s\n");
}

TEST_CASE("another cause of the same packets has a block of its own") {
  Repeats repeats(kPlain);
  repeats.add(failure("a", 1), kUnknown);
  CHECK(repeats.add(failure("a", 2), kDeleted).starts_with("XfrmInNoStates  sa-deleted"));
}

TEST_CASE("at the end nothing waits") {
  Repeats repeats(kPlain);
  repeats.add(failure("a", 1), kUnknown);
  repeats.add(failure("a", 1), kUnknown);
  CHECK(repeats.due(0, true) == "    … 1 more in 0 ms\n");
  CHECK(repeats.due(0, true).empty());
}

TEST_CASE("causes are added up by netns and counter, the most frequent first") {
  Causes causes;
  causes.add(failure("a", 5), kUnknown);
  causes.add(failure("b", 7, 8), kDeleted);
  causes.add(failure("c", 9, 2), kUnknown);
  Summary s;
  causes.put(s);
  REQUIRE(s.causes.size() == 2);
  CHECK(s.causes[0].cause == "sa-deleted");
  CHECK(s.causes[0].n == 8);
  CHECK(s.causes[1].n == 3);
  CHECK(s.causes[1].first_mono_ns == 5 * kSecond);
  CHECK(s.causes[1].last_mono_ns == 9 * kSecond);
  CHECK(s.causes[1].netns.name == "b");
}

TEST_CASE("each counter of the summary is told how many of its errors have no cause") {
  Causes causes;
  causes.add(failure("a", 5, 3), {"unknown", "", "", {}});
  causes.add(failure("b", 7, 8), kDeleted);
  Event elsewhere = failure("c", 9, 2);
  elsewhere.netns.name = "other";
  elsewhere.netns.inum = 77;
  causes.add(elsewhere, {"unknown", "", "", {}});
  Summary s;
  s.netns.push_back({failure("a", 5).netns, {{XfrmInNoStates, {.kernel = 11, .seen = 11}}}});
  s.netns.back().counters[XfrmInPolBlock] = {.kernel = 1, .seen = 1};
  causes.put(s);
  CHECK(s.netns[0].counters[XfrmInNoStates].without_cause == 3);
  CHECK(s.netns[0].counters[XfrmInPolBlock].without_cause == 0);
}

TEST_CASE("how a run goes") {
  Live live;
  CHECK(live.line(0, kSecond) == "1 s, 0 errors");
  live.add(failure("a", 1, 1200));
  Event other = failure("b", 1);
  other.counter = XfrmOutNoStates;
  live.add(other);
  CHECK(live.line(0, 3 * kSecond) == "3 s, 1,201 errors: XfrmInNoStates 1,200 (600/s), XfrmOutNoStates 1 (0/s)");
  CHECK(live.line(0, 4 * kSecond) == "4 s, 1,201 errors: XfrmInNoStates 1,200, XfrmOutNoStates 1");
}
