// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The summary of a run: what was seen and printed compared with what the kernel counted, also for removed netns.
#include "session_run.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr NetnsId kInitId{kInit, 0};

using Problems = std::vector<std::string>;

const NetnsResult* of(const Summary& summary, uint32_t inum) {
  for (const NetnsResult& r : summary.netns)
    if (r.netns.inum == inum) return &r;
  return nullptr;
}

} // namespace

TEST_CASE("a run in which every increment was seen is complete") {
  SessionRun run;
  run.kernel.counters[1].kernel[kC] = 1000; // before the run
  REQUIRE(run.start());
  run.kernel.counters[1].kernel[kC] += 2;
  run.kernel.counters[1].seen[kC] += 2;
  run.kernel.total(kInitId, kC, 2);
  for (const uint64_t count : {1, 2})
    run.kernel.send(error(key(kInitId, kC), count));
  const Summary s = run.session.finish();
  CHECK(run.events.size() == 2);
  CHECK_FALSE(run.kernel.attached);
  REQUIRE(s.netns.size() == 1);
  CHECK(s.netns[0].netns.name == "init");
  CHECK(s.netns[0].counters.at(kC).kernel == 2);
  CHECK(s.netns[0].counters.at(kC).seen == 2);
  CHECK(s.problems.empty());
  CHECK(s.complete);
}

TEST_CASE("what the kernel counted and nobody saw is in the summary, with the reason as far as it is known") {
  for (const uint64_t passed_over : {0, 2}) {
    SessionRun run;
    REQUIRE(run.start());
    run.kernel.counters[1].kernel[kC] = 5;
    run.kernel.counters[1].seen[kC] = 3;
    run.kernel.total(kInitId, kC, 3);
    run.kernel.send(error(key(kInitId, kC), 3));
    run.kernel.passed_over_n = passed_over;
    const Summary s = run.session.finish();
    REQUIRE(s.netns.size() == 1);
    CHECK(s.netns[0].counters.at(kC).kernel == 5);
    CHECK(s.netns[0].counters.at(kC).seen == 3);
    CHECK_FALSE(s.complete);
    REQUIRE(s.problems.size() == 1);
    CHECK(s.problems[0].starts_with(passed_over ? "2 increments were passed over" : "2 increments were not seen"));
  }
}

TEST_CASE("events that the ring buffer had no room for are counted in a later line") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.counters[1].kernel[kC] = run.kernel.counters[1].seen[kC] = 4;
  run.kernel.total(kInitId, kC, 4);
  run.kernel.send(error(key(kInitId, kC), 1));
  run.kernel.row(key(kInitId, kC), 4); // three found it full
  run.kernel.losses[LOST_RING] = 3;
  const Summary s = run.session.finish();
  REQUIRE(run.events.size() == 2);
  CHECK(run.events[1].n == 3);
  CHECK(run.events[1].repeats);
  CHECK(s.lost_ring == 3);
  CHECK_FALSE(s.complete);
  CHECK(s.netns.at(0).counters.at(kC).complete());
}

TEST_CASE("increments that found no row are a line of their netns and counter alone") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.counters[1].kernel[kC] = run.kernel.counters[1].seen[kC] = 6;
  run.kernel.total(kInitId, kC, 4);
  run.kernel.total(kInitId, kC | FILTERED, 2);
  run.kernel.send(error(key(kInitId, kC), 1));
  const Summary s = run.session.finish();
  REQUIRE(run.events.size() == 2);
  CHECK(run.events[1].n == 3);
  CHECK(run.events[1].counter == kC);
  CHECK_FALSE(run.events[1].site);
  CHECK_FALSE(run.events[1].packet);
  CHECK(s.netns.at(0).counters.at(kC).filtered == 2);
  CHECK(s.netns.at(0).counters.at(kC).kernel == 6);
  CHECK(s.complete);
}

TEST_CASE("a netns that goes: its rows are told and removed, and its counters given away") {
  SessionRun run;
  REQUIRE(run.start());
  const NetnsId id{7, 100};
  run.made(2, id);
  run.kernel.send(error(key(id, kC), 1));
  run.kernel.row(key(id, kC), 3);
  run.kernel.row(key(kInitId, kC), 1);
  run.goes(id, 6, 5);
  std::vector<uint64_t> n;
  for (const Event& e : run.told())
    n.push_back(e.n);
  CHECK(n == std::vector<uint64_t>{1, 2, 2}); // the last: they found no row
  REQUIRE(run.kernel.rows.size() == 1);
  CHECK(run.kernel.rows[0].first.netns == kInit);
  REQUIRE(run.gone.size() == 1);
  CHECK(run.gone[0].born_ns == id.born_ns);
  CHECK(run.gone[0].counters.at(0).value == 6);
  const Summary s = run.session.finish();
  REQUIRE(of(s, 7));
  CHECK(of(s, 7)->counters.at(kC).kernel == 6);
  CHECK(of(s, 7)->counters.at(kC).seen == 5);
}

TEST_CASE("after the last line that --count asked for no further one comes of a netns that goes") {
  SessionRun run;
  REQUIRE(run.start());
  run.made(2, {7, 100});
  run.kernel.limit = true;
  run.goes({7, 100}, 5, 5);
  CHECK(run.told().empty());
}

TEST_CASE("every netns that had errors is in the summary, however many went; one without is not kept") {
  SessionRun run;
  REQUIRE(run.start());
  constexpr uint32_t kMany = 1000; // more than are remembered by name and row
  for (uint32_t inum = 10; inum < 10 + kMany; inum++) {
    const NetnsId id{inum, 1000 + inum};
    const bool failing = inum % 10 == 0;
    run.made(inum, id);
    if (failing) run.kernel.send(error(key(id, kC), 2));
    run.goes(id, failing ? 3 : 0, failing ? 2 : 0);
    run.session.receive();
  }
  const Summary s = run.session.finish();
  CHECK(s.netns.size() == kMany / 10);
  for (uint32_t inum = 10; inum < 10 + kMany; inum += 10) {
    REQUIRE(of(s, inum));
    CHECK(of(s, inum)->counters.at(kC).kernel == 3);
    CHECK(of(s, inum)->counters.at(kC).seen == 2);
  }
}

TEST_CASE("two netns that had the same inode number are two results") {
  SessionRun run;
  REQUIRE(run.start());
  for (const uint64_t born : {100, 200}) {
    run.made(2, {7, born});
    run.kernel.send(error(key({7, born}, kC), 1));
    run.goes({7, born}, 1, 1);
    if (born == 100) run.session.receive();
  }
  const Summary s = run.session.finish();
  CHECK(s.netns.size() == 2);
  CHECK(s.complete);
}

TEST_CASE("a netns that goes after the last reading has one result") {
  SessionRun run;
  const NetnsId id{7, 0};
  run.kernel.there(2, id);
  REQUIRE(run.start());
  run.kernel.counters[2].kernel[kC] = 3;
  run.kernel.counters[2].seen[kC] = 1;
  run.kernel.send(error(key(id, kC), 1));
  run.kernel.letting_go = [&] { run.goes(id, 3, 1); };
  const Summary s = run.session.finish();
  REQUIRE(of(s, 7));
  CHECK(of(s, 7)->counters.at(kC).kernel == 3);
  CHECK(of(s, 7)->counters.at(kC).seen == 1);
  CHECK(s.netns.size() == 1);
}

TEST_CASE("what cannot be read is a problem of the run's") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.errors_of = {{"errors", EPERM}, {"totals", EPERM}, {"lost", EPERM}, {"netns", EPERM}};
  const Summary s = run.session.finish();
  CHECK(s.problems == Problems{"cannot read the map errors: Operation not permitted",
                               "cannot read the map lost: Operation not permitted",
                               "cannot read the map netns: Operation not permitted",
                               "cannot read the map totals: Operation not permitted"});
  CHECK_FALSE(s.complete);
}

TEST_CASE("what was lost or passed over is a problem of the run's") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.losses = {{LOST_MIRROR, 2}, {LOST_RETURNS, 3}, {LOST_NO_SITE, 4}};
  run.kernel.hooks = {{"xfrm_state_insert", 5}};
  CHECK(run.session.finish().problems ==
        Problems{"2 changes of states, policies or tc could not be entered in the mirror",
                 "the kernel passed over the hook on xfrm_state_insert 5 times",
                 "the returns of 3 calls of hooked functions were not seen", "4 events came from an unknown site"});
}

TEST_CASE("a netns whose counters cannot be read is named, and has none") {
  SessionRun run;
  run.kernel.there(2, {7, 0});
  run.kernel.counters[1].kernel[kC] = 9;
  REQUIRE(run.start());
  run.kernel.counters.erase(2);
  const auto now = run.session.kernel_counters();
  REQUIRE(now.size() == 2);
  CHECK(now[0].counters.at(0).value == 9);
  CHECK(now[1].netns.inum == 7);
  CHECK(now[1].counters.empty());
  CHECK(run.session.netns_count() == 2);
  CHECK(run.session.finish().problems == Problems{"the kernel's counters of netns 7 could not be read"});
}

TEST_CASE("what a program sends that was at work when the gate was closed is told") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.letting_go = [&] { run.kernel.send(error(key(kInitId, kC), 1)); };
  run.session.finish();
  CHECK(run.events.size() == 1);
}

TEST_CASE("what hooks are passed over for once the gate is closed is nothing that was lost") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.letting_go = [&] { run.kernel.hooks = {{"xfrm_state_find", 1}}; };
  const Summary s = run.session.finish();
  CHECK(s.problems.empty());
  CHECK(s.complete);
}
