// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "../../user/collect/held_events.hpp"

#include <doctest/doctest.h>

namespace xs {
namespace {

using Clock = HeldEvents::Clock;

Event event_at(uint32_t cpu, uint64_t mono_ns, std::optional<uint64_t> packets) {
  Event e;
  e.cpu = cpu;
  e.mono_ns = mono_ns;
  e.packets = packets;
  return e;
}

struct Fixture {
  std::vector<Event> given;
  HeldEvents held{[this](Event e) { given.push_back(std::move(e)); }};
  Clock::time_point start = Clock::now();
};

} // namespace

TEST_CASE("an error waits for the segments behind it, and no longer") {
  Fixture f;
  f.held.hold(event_at(1, 1000, 1), f.start);
  f.held.release(f.start + HeldEvents::kWhile / 2);
  CHECK(f.given.empty());
  CHECK(f.held.join(1, 1000, 10));
  f.held.release(f.start + HeldEvents::kWhile);
  REQUIRE(f.given.size() == 1);
  CHECK(f.given[0].packets == 11);
  CHECK(f.held.empty());
}

TEST_CASE("segments join the error of their processor and time alone") {
  Fixture f;
  f.held.hold(event_at(1, 1000, 1), f.start);
  f.held.hold(event_at(0, 1000, 1), f.start);
  CHECK_FALSE(f.held.join(1, 1001, 10));
  CHECK(f.held.join(0, 1000, 3));
  f.held.release_all();
  REQUIRE(f.given.size() == 2);
  CHECK(f.given[0].packets == 1);
  CHECK(f.given[1].packets == 4);
  CHECK_FALSE(f.held.join(0, 1000, 3));
}

TEST_CASE("where the number of segments is not known, that of the packets is not") {
  Fixture f;
  f.held.hold(event_at(1, 1000, 1), f.start);
  CHECK(f.held.join(1, 1000, {}));
  f.held.release_all();
  CHECK_FALSE(f.given.at(0).packets);
}

} // namespace xs
