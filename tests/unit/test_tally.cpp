// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's counters compared with what was seen, read under traffic.
#include "difference.hpp"

#include "../../user/model/event.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

constexpr size_t kC = XfrmInNoStates;

counters_row row(uint64_t kernel, uint64_t seen, uint64_t seen_delta = 0) {
  counters_row out{};
  out.kernel[kC] = kernel;
  out.seen[kC] = seen;
  out.seen_delta[kC] = seen_delta;
  return out;
}

Difference reading(int64_t value, uint64_t uncertainty = 0) {
  return test::difference_of(kC, value, uncertainty);
}

} // namespace

TEST_CASE("a difference is what the kernel counted beyond what was seen") {
  CHECK(difference(row(1000, 40)).value[kC] == 960);
  CHECK(difference(row(1000, 40)).uncertainty[kC] == 0);
  CHECK(difference(row(5, 5)).value[kC] == 0);
}

TEST_CASE("an event seen but not yet counted makes the difference negative, not huge") {
  CHECK(difference(row(0, 1)).value[kC] == -1);
}

TEST_CASE("counters do not mix") {
  counters_row both = row(7, 3);
  both.kernel[XfrmOutNoStates] = 20;
  both.seen[XfrmOutNoStates] = 1;
  both.seen_delta[XfrmOutNoStates] = 2;
  const Difference d = difference(both);
  CHECK(d.value[kC] == 4);
  CHECK(d.value[XfrmOutNoStates] == 19);
  CHECK(d.uncertainty[kC] == 0);
  CHECK(d.uncertainty[XfrmOutNoStates] == 2);
  CHECK(d.value[0] == 0);
}

TEST_CASE("of two exact readings the larger holds: the smaller met an event on its way") {
  CHECK(better(reading(9), reading(10)).value[kC] == 10);
  CHECK(better(reading(10), reading(9)).value[kC] == 10);
}

TEST_CASE("an exact reading wins over a blurred one, whichever came first and whatever its value") {
  for (const Difference& d : {better(reading(10), reading(14, 4)), better(reading(14, 4), reading(10))}) {
    CHECK(d.value[kC] == 10);
    CHECK(d.uncertainty[kC] == 0);
  }
}

TEST_CASE("the less blurred of two readings wins; of equally blurred ones the larger") {
  CHECK(better(reading(12, 5), reading(11, 2)).value[kC] == 11);
  CHECK(better(reading(12, 5), reading(11, 2)).uncertainty[kC] == 2);
  CHECK(better(reading(11, 2), reading(12, 5)).uncertainty[kC] == 2);
  CHECK(better(reading(11, 3), reading(12, 3)).value[kC] == 12);
  CHECK(better(reading(12, 3), reading(11, 3)).value[kC] == 12);
}

TEST_CASE("each counter takes its own best reading") {
  Difference a = reading(1), b = reading(5, 3);
  a.value[XfrmOutNoStates] = 8;
  a.uncertainty[XfrmOutNoStates] = 1;
  b.value[XfrmOutNoStates] = 7;
  const Difference d = better(a, b);
  CHECK(d.value[kC] == 1);
  CHECK(d.value[XfrmOutNoStates] == 7);
  CHECK(d.uncertainty[XfrmOutNoStates] == 0);
}

TEST_CASE("a reading is exact only if no counter of it is blurred") {
  CHECK(exact(reading(5)));
  CHECK_FALSE(exact(reading(5, 1)));
  Difference last = reading(5);
  last.uncertainty[COUNTER_SLOTS - 1] = 1;
  CHECK_FALSE(exact(last));
}

TEST_CASE("a counter is explained when all of it was seen, give or take the blur of its reading") {
  CHECK(CounterResult{.kernel = 5, .seen = 5}.complete());
  CHECK_FALSE(CounterResult{.kernel = 6, .seen = 5}.complete());
  CHECK_FALSE(CounterResult{.kernel = 4, .seen = 5}.complete());
  CHECK(CounterResult{.kernel = 7, .seen = 5, .uncertainty = 2}.complete());
  CHECK(CounterResult{.kernel = 7, .seen = 5, .filtered = 2}.complete());
  CHECK_FALSE(CounterResult{.kernel = 7, .seen = 5, .filtered = 1}.complete());
  CHECK_FALSE(CounterResult{.kernel = 8, .seen = 5, .uncertainty = 2}.complete());
  CHECK(CounterResult{.kernel = 3, .seen = 5, .uncertainty = 2}.complete());
  CHECK_FALSE(CounterResult{.kernel = 2, .seen = 5, .uncertainty = 2}.complete());
}

TEST_CASE("a counter that could not be read is never called explained") {
  CHECK_FALSE(CounterResult{.kernel = {}, .seen = 5}.complete());
}
