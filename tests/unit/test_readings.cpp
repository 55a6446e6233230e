// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The first and the last reading of every netns' counters, whatever netns do meanwhile.
#include "../../user/collect/readings.hpp"

#include <algorithm>
#include <cerrno>
#include <doctest/doctest.h>
#include <functional>

using namespace xs;

namespace {

constexpr size_t kC = XfrmInNoStates;

// What the kernel holds: a netns by the address of its counters.
struct Ns {
  netns_row row{};
  uint64_t kernel = 0, seen = 0, seen_delta = 0;
  bool readable = true;
};

class Kernel final : public CounterSource {
public:
  std::map<uint64_t, Ns> all;          // what map `netns` has, and what is read of it
  std::vector<LiveNetns> list;         // what the kernel's own list has
  std::function<void()> round = [] {}; // called between two rounds
  int error = 0, no_room = 0, rounds = 0;
  uint64_t now = 100;
  bool open = false;

  // One that was there before.
  void there(uint64_t mib, uint32_t inum, uint64_t kernel) {
    list.push_back({mib, inum, false});
    all[mib].kernel = kernel;
    all[mib].row.inum = inum;
  }
  // The hook's row of one that is made just now.
  void made(uint64_t mib, uint32_t inum) { all[mib] = {{.inum = inum, .reserved = 0, .born_ns = ++now}}; }

  Rows netns(int& failed) override {
    if (error) failed = error;
    Rows out;
    for (const auto& [mib, ns] : all)
      if (!error) out.emplace_back(mib, ns.row);
    return out;
  }
  bool follow(uint64_t mib, const netns_row& row) override {
    errno = no_room;
    if (!no_room) all.try_emplace(mib, Ns{row});
    return !no_room;
  }
  void forget(uint64_t mib) override { all.erase(mib); }
  std::optional<counters_row> sample(uint64_t mib, uint64_t born_ns) override {
    const auto it = all.find(mib);
    if (it == all.end() || it->second.row.born_ns != born_ns || !it->second.readable) return {};
    counters_row out{};
    out.kernel[kC] = it->second.kernel;
    out.seen[kC] = it->second.seen;
    out.seen_delta[kC] = it->second.seen_delta;
    return out;
  }
  void open_gate() override { open = true; }
  void close_gate() override { open = false; }
  uint64_t now_ns() override { return ++now; }
  void pause() override {
    rounds++;
    round();
  }
};

struct Run {
  Kernel kernel;
  Readings readings{kernel};

  Status start() {
    return readings.start([this]() -> Result<std::vector<LiveNetns>> { return kernel.list; });
  }
  void finish() {
    kernel.rounds = 0;
    readings.finish();
  }
  int64_t gap(NetnsId id) const { return readings.gap(id).value[kC]; }
  bool alive(NetnsId id) const {
    const auto all = readings.alive();
    return std::ranges::find(all, id) != all.end();
  }
};

netns_gone_record gone(const Run& run, uint64_t mib, uint64_t at) {
  const Ns& ns = run.kernel.all.at(mib);
  netns_gone_record r{};
  r.header.mono_ns = at;
  r.netns = ns.row.inum;
  r.born_ns = ns.row.born_ns;
  r.counters.kernel[kC] = ns.kernel;
  r.counters.seen[kC] = ns.seen;
  return r;
}

} // namespace

TEST_CASE("what rose beyond what was seen was missed, whatever was counted before") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  CHECK(run.kernel.open);
  run.kernel.all[1].kernel += 5;
  run.kernel.all[1].seen += 3;
  run.finish();
  CHECK_FALSE(run.kernel.open);
  CHECK(run.gap({7, 0}) == 2);
  CHECK(run.readings.unread().empty());
}

TEST_CASE("an event that is just on its way is waited for") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.all[1].seen = 1; // the kernel has not counted it yet
  run.kernel.round = [&] {
    if (run.kernel.rounds == 10) run.kernel.all[1].kernel++;
  };
  run.finish();
  CHECK(run.gap({7, 0}) == 0);
  CHECK(run.kernel.rounds == 10);
}

TEST_CASE("a counter that fell stays fallen: the difference says so, and the wait has an end") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.all[1].kernel = 990;
  run.finish();
  CHECK(run.gap({7, 0}) == -10);
  CHECK(run.kernel.rounds == 50);
}

TEST_CASE("traffic that blurs a reading: a clear one is waited for, and wins") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.all[1].kernel = 1004;
  run.kernel.all[1].seen = 1;
  run.kernel.all[1].seen_delta = 3;
  run.kernel.round = [&] {
    if (run.kernel.rounds < 20) return;
    run.kernel.all[1].seen = 4;
    run.kernel.all[1].seen_delta = 0;
  };
  run.finish();
  CHECK(run.gap({7, 0}) == 0);
  CHECK(run.readings.gap(NetnsId{7, 0}).uncertainty[kC] == 0);
  CHECK(run.kernel.rounds == 20);
}

TEST_CASE("a netns that cannot be read is named; one that could be read once is not") {
  Run run;
  run.kernel.there(1, 7, 10);
  run.kernel.there(2, 8, 20);
  REQUIRE(run.start());
  run.kernel.all[1].readable = run.kernel.all[2].readable = false;
  run.kernel.round = [&] { run.kernel.all[2].readable = run.kernel.rounds == 5; };
  run.finish();
  CHECK(run.readings.unread() == std::set<NetnsId>{{7, 0}});
  CHECK_FALSE(run.alive({7, 0}));
  CHECK(run.alive({8, 0}));
  CHECK(run.gap({8, 0}) == 0);
}

TEST_CASE("a netns that goes while it is read is neither alive nor unread") {
  Run run;
  run.kernel.there(1, 7, 10);
  run.kernel.there(2, 8, 10);
  REQUIRE(run.start());
  run.kernel.all[2].readable = false;
  run.kernel.round = [&] { run.kernel.all.erase(2); };
  run.finish();
  CHECK(run.readings.unread().empty());
  CHECK_FALSE(run.alive({8, 0}));
  CHECK(run.alive({7, 0}));
}

TEST_CASE("a netns that is made under our eyes began at zero") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.made(2, 8);
  const NetnsId made{8, run.kernel.all[2].row.born_ns};
  run.kernel.all[2].kernel = 4;
  run.kernel.all[2].seen = 1;
  run.finish();
  CHECK(run.gap(made) == 3);
}

TEST_CASE("of one that was there before, and has no first reading, nothing is said") {
  Run run;
  run.kernel.there(1, 7, 1000);
  run.kernel.there(2, 8, 500);
  run.kernel.all[2].readable = false;
  REQUIRE(run.start());
  run.kernel.all[2].readable = true;
  run.finish();
  CHECK(run.gap({8, 0}) == 0);
}

TEST_CASE("a reused inode number, and a reused address, are another netns") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.all[1].kernel = 1003;
  const netns_gone_record old = gone(run, 1, run.kernel.now_ns());
  run.kernel.made(1, 7);
  const NetnsId next{7, run.kernel.all[1].row.born_ns};
  run.kernel.all[1].kernel = 2;
  run.kernel.all[1].seen = 2;
  run.finish();
  CHECK(run.gap(next) == 0);
  CHECK_FALSE(run.alive({7, 0}));
  CHECK(run.readings.gap(old).value[kC] == 3);
}

TEST_CASE(
    "a netns that goes during the run is held against its first reading; behind the closed gate nothing is missed") {
  Run run;
  run.kernel.there(1, 7, 1000);
  REQUIRE(run.start());
  run.kernel.all[1].kernel = 1005;
  run.kernel.all[1].seen = 4;
  CHECK(run.readings.gap(gone(run, 1, run.kernel.now_ns())).value[kC] == 1);
  run.finish();
  run.kernel.all[1].kernel = 1099;
  CHECK(run.readings.gap(gone(run, 1, run.kernel.now_ns())).value[kC] == 1);
}

TEST_CASE("a netns that went between being listed and being told about does not stay") {
  Run run;
  run.kernel.there(1, 7, 10);
  run.kernel.there(2, 8, 10);
  run.kernel.made(3, 9); // the hook told of it; it came after the second list
  int lists = 0;
  const Status started = run.readings.start([&]() -> Result<std::vector<LiveNetns>> {
    if (++lists == 2) run.kernel.list.pop_back();
    return run.kernel.list;
  });
  REQUIRE(started);
  CHECK(run.kernel.all.contains(1));
  CHECK_FALSE(run.kernel.all.contains(2));
  CHECK(run.kernel.all.contains(3));
}

TEST_CASE("one that the hook told of first keeps its birth") {
  Run run;
  run.kernel.made(1, 7);
  const uint64_t born = run.kernel.all[1].row.born_ns;
  run.kernel.list.push_back({1, 7, false});
  REQUIRE(run.start());
  CHECK(run.kernel.all[1].row.born_ns == born);
}

TEST_CASE("what keeps it from starting is said") {
  const auto why = [](auto&& arrange) {
    Run run;
    run.kernel.there(1, 7, 10);
    arrange(run.kernel);
    const Status started = run.start();
    return started ? "" : started.error().text;
  };
  CHECK(why([](Kernel& k) { k.no_room = E2BIG; }) == "cannot tell the kernel about 1 netns: Argument list too long");
  CHECK(why([](Kernel& k) { k.error = EPERM; }) == "cannot read the map netns: Operation not permitted");
  CHECK(why([](Kernel& k) { k.all[1].readable = false; }) == "cannot read the kernel's counters of any netns");
  Run run;
  CHECK(run.readings.start([] { return fail("no list"); }).error().text == "no list");
}

TEST_CASE("a map that cannot be read in the end is an error, and nothing is alive") {
  Run run;
  run.kernel.there(1, 7, 10);
  REQUIRE(run.start());
  CHECK(run.readings.error() == 0);
  run.kernel.error = EPERM;
  run.finish();
  CHECK(run.readings.error() == EPERM);
  CHECK(run.readings.alive().empty());
}
