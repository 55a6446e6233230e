// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Results of removed netns take a bounded number of lines in the summary.
#include "../../user/collect/departed_results.hpp"
#include "../../user/diagnose/causes.hpp"
#include "events.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

constexpr uint8_t kC = XfrmInNoStates;

NetnsResult result(uint32_t inum, const CounterResult& counted) {
  return {{inum, std::nullopt}, {{kC, counted}}};
}

struct Departed {
  std::vector<uint32_t> merged;
  DepartedResults results{[this](const Netns& netns) { merged.push_back(netns.inum.value_or(0)); }};

  // The sum of `firsts`, behind which as many others went as have lines of their own.
  CounterResult sum(std::initializer_list<CounterResult> firsts) {
    uint32_t inum = 0;
    for (const CounterResult& first : firsts)
      results.add(result(++inum, first));
    for (size_t i = 0; i < DepartedResults::kKept; i++)
      results.add(result(++inum, {.kernel = 1, .seen = 1}));
    const auto all = results.take();
    REQUIRE(all.size() == DepartedResults::kKept + 1);
    CHECK_FALSE(all.front().netns.inum);
    CHECK(all.back().netns.inum == inum);
    return all.front().counters.at(kC);
  }
};

} // namespace

TEST_CASE("those that went first have one line together, and the tracer is told whose line goes") {
  Departed departed;
  const CounterResult sum = departed.sum({{.kernel = 5, .seen = 3, .filtered = 2}, {.kernel = 4, .seen = 4}});
  CHECK(sum.kernel == 9);
  CHECK(sum.seen == 7);
  CHECK(sum.filtered == 2);
  CHECK(sum.complete());
  CHECK(departed.merged == std::vector<uint32_t>{1, 2});
  CHECK(departed.results.take().empty());
}

TEST_CASE("few have a line each") {
  Departed departed;
  departed.results.add(result(7, {.kernel = 1, .seen = 1}));
  const auto all = departed.results.take();
  REQUIRE(all.size() == 1);
  CHECK(all[0].netns.inum == 7);
  CHECK(departed.merged.empty());
}

TEST_CASE("a sum never hides that one of them is not explained") {
  CHECK_FALSE(Departed().sum({{.kernel = 5, .seen = 3}, {.kernel = 3, .seen = 5}}).complete());
  CHECK_FALSE(Departed().sum({{.kernel = 5, .seen = 3}, {.kernel = 30, .seen = 30, .uncertainty = 9}}).complete());
  CHECK_FALSE(Departed().sum({{.kernel = 5, .seen = 5}, {.kernel = {}, .seen = 5}}).complete());
  CHECK(Departed().sum({{.kernel = 5, .seen = 3}, {.kernel = 3, .seen = 3}}).kernel == 8);
}

TEST_CASE("their causes have one line together as well") {
  Causes causes;
  const auto add = [&](uint32_t inum, uint64_t n, uint64_t at) {
    Event e;
    e.netns.inum = inum;
    e.counter = kC;
    e.n = n;
    e.mono_ns = at;
    Finding f;
    f.cause = "sa-deleted";
    causes.add(e, f);
  };
  add(7, 1, 30);
  add(8, 2, 20);
  add(9, 4, 10);
  causes.merge({7, {}});
  causes.merge({9, {}});
  Summary s;
  causes.put(s);
  REQUIRE(s.causes.size() == 2);
  CHECK(s.causes[0].netns.name == kOtherNetns.name);
  CHECK(s.causes[0].n == 5);
  CHECK(s.causes[0].first_mono_ns == 10);
  CHECK(s.causes[0].last_mono_ns == 30);
  CHECK(s.causes[1].netns.inum == 8);
}
