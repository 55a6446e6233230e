// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What costs much is done seldom.
#include "../../user/sys/pace.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace std::chrono_literals;

namespace {

const Pace::Clock::time_point kStart{1000s};

// How much of the time goes into something that takes `cost`, wanted every millisecond for ten minutes.
double share(Pace pace, std::chrono::milliseconds cost) {
  std::chrono::milliseconds spent{0};
  for (auto now = kStart; now < kStart + 600s; now += 1ms) {
    if (!pace.due(now)) continue;
    pace.done(now, now + cost);
    now += cost;
    spent += cost;
  }
  return spent / std::chrono::duration<double, std::milli>(600s);
}

} // namespace

TEST_CASE("it takes one part in 20 of the time at most, whatever it costs") {
  for (const auto cost : {1ms, 10ms, 101ms, 400ms, 1500ms}) {
    CAPTURE(cost.count());
    CHECK(share(Pace(0ms), cost) <= 0.051);
    CHECK(share(Pace(100ms), cost) <= 0.051);
  }
  CHECK(share(Pace(0ms), 10ms) > 0.04); // and does not wait longer than that
}

TEST_CASE("what is quick waits for a moment from its end, unless it is known to be old") {
  Pace pace(100ms);
  CHECK(pace.due(kStart));
  pace.done(kStart, kStart + 1ms);
  CHECK_FALSE(pace.due(kStart + 100ms));
  CHECK(pace.due(kStart + 101ms));
  pace.hurry();
  CHECK_FALSE(pace.due(kStart + 19ms)); // still no more than can be afforded
  CHECK(pace.due(kStart + 20ms));
}

TEST_CASE("what takes longer than the moment waits by its cost, from its end on") {
  Pace pace(100ms);
  pace.done(kStart, kStart + 200ms);
  CHECK_FALSE(pace.due(kStart + 350ms));
  CHECK_FALSE(pace.due(kStart + 3999ms));
  CHECK(pace.due(kStart + 4000ms));
}
