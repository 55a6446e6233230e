// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Slow work is done seldom, but at once if asked for only now and then.
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
    CHECK(share(Pace(20, 200ms), cost) <= 0.053);
  }
  CHECK(share(Pace(20, 200ms), 10ms) > 0.045); // and does not wait longer than that
}

TEST_CASE("what was not done for long may be done several times at once, until the credit is used up") {
  Pace pace(20, 200ms);
  auto now = kStart;
  int n = 0;
  for (; n < 100 && pace.due(now); n++) {
    pace.done(now, now + 10ms);
    now += 10ms;
  }
  CHECK(n == 21); // 200 ms, and a twentieth of the time that passed
  CHECK_FALSE(pace.due(now + 100ms));
  CHECK(pace.due(now + 400ms));
}

TEST_CASE("no rest is longer than the longest") {
  Pace pace(10, 200ms, 200ms);
  pace.due(kStart);
  pace.done(kStart, kStart + 5s);
  CHECK_FALSE(pace.due(kStart + 5s + 199ms));
  CHECK(pace.due(kStart + 5s + 200ms));
}
