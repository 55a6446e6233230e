// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The events that a session makes from records.
#include "session_run.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;
using namespace std::chrono_literals;

namespace {

constexpr NetnsId kInitId{kInit, 0};

bytes_record packet_of(uint32_t cpu, uint64_t mono_ns, std::string_view bytes) {
  bytes_record r{};
  r.header = {RECORD_BYTES, cpu, mono_ns};
  r.size = static_cast<uint32_t>(bytes.size());
  std::memcpy(r.bytes, bytes.data(), bytes.size());
  return r;
}

error_record at(error_record e, uint32_t cpu, uint64_t mono_ns) {
  e.header.cpu = cpu;
  e.header.mono_ns = mono_ns;
  return e;
}

} // namespace

TEST_CASE("an error is one event, with its site, process and stack") {
  SessionRun run;
  REQUIRE(run.start());
  error_record e = at(error(key(kInitId, kC), 1), 3, 77);
  e.in_process = 1;
  e.tgid = 42;
  put(e.comm, "ping");
  e.stack_size = 2;
  e.stack[0] = 5;
  e.stack[1] = 6;
  run.kernel.send(e);
  const auto told = run.told();
  REQUIRE(told.size() == 1);
  const Event& event = told.front();
  CHECK(event.n == 1);
  CHECK(event.counter == kC);
  CHECK(event.cpu == 3);
  CHECK(event.mono_ns == 77);
  CHECK(event.netns.name == "init");
  CHECK_FALSE(event.repeats);
  REQUIRE(event.site);
  CHECK(event.site->function == "xfrm_input");
  REQUIRE(event.process);
  CHECK(event.process->comm == "ping");
  CHECK(event.stack == std::vector<std::string>{"f5", "f6"});
}

TEST_CASE("an event stands for those of its row that no line stands for; one that comes in late has no line") {
  SessionRun run;
  REQUIRE(run.start());
  const error_key row = key(kInitId, kC);
  for (const uint64_t count : {1, 4, 3})
    run.kernel.send(error(row, count));
  run.kernel.send(error(row, 0, 7)); // the map is full
  run.kernel.send(error(key(kInitId, kC, 0x101), 1));
  std::vector<uint64_t> n;
  for (const Event& e : run.told())
    n.push_back(e.n);
  CHECK(n == std::vector<uint64_t>{1, 3, 7, 1});
}

TEST_CASE("a packet's bytes are those of its time and processor") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.send(packet_of(0, 10, "one"));
  run.kernel.send(packet_of(1, 20, "two"));
  run.kernel.send(at(error(key(kInitId, kC), 1), 1, 10)); // of another processor
  run.kernel.send(at(error(key(kInitId, kC), 2), 0, 11)); // of another time
  run.kernel.send(at(error(key(kInitId, kC), 3), 1, 20));
  run.kernel.send(at(error(key(kInitId, kC), 4), 0, 10));
  std::vector<std::string> bytes;
  for (const Event& e : run.told())
    bytes.push_back(e.bytes);
  CHECK(bytes == std::vector<std::string>{"", "", "two", "one"});
}

TEST_CASE("a netns is named as it is known at the start") {
  SessionRun run;
  const NetnsId blue{inode(kOne), 0};
  run.node.mounted("blue", kOne);
  run.kernel.there(2, blue);
  REQUIRE(run.start());
  run.node.unmounted("blue");
  run.kernel.send(error(key(blue, kC), 1));
  CHECK(run.told().at(0).netns.name == "blue");
}

TEST_CASE("one that is made meanwhile is named before it has an event, and keeps its name when it is gone") {
  SessionRun run;
  REQUIRE(run.start());
  const NetnsId blue{inode(kOne), 100};
  run.node.mounted("blue", kOne);
  run.made(2, blue);
  do
    run.session.receive();
  while (run.session.patience() < 100ms); // it has yet to be named
  run.node.unmounted("blue");
  run.goes(blue);
  run.session.receive();
  run.kernel.send(error(key(blue, kC), 1));
  CHECK(run.told().at(0).netns.name == "blue");
}

TEST_CASE("a name belongs to the netns that has the inode number now, not to an earlier one that had it") {
  SessionRun run;
  REQUIRE(run.start());
  const NetnsId before{inode(kOne), 100}, now{inode(kOne), 200};
  run.node.mounted("blue", kOne);
  run.kernel.there(2, now);
  run.kernel.send(error(key(before, kC), 1));
  run.kernel.send(error(key(now, kC), 1));
  run.kernel.send(error(key({}, kC), 1));
  const auto told = run.told();
  REQUIRE(told.size() == 3);
  CHECK(told[0].netns.inum == before.inum);
  CHECK_FALSE(told[0].netns.name);
  CHECK(told[1].netns.name == "blue");
  CHECK_FALSE(told[2].netns.inum); // it is not known which
}

TEST_CASE("changes of a netns come with its name") {
  SessionRun run;
  REQUIRE(run.start());
  state_change_record s{};
  s.header.kind = RECORD_STATE_CHANGE;
  s.state.netns = kInit;
  run.kernel.send(s);
  defaults_record d{};
  d.header.kind = RECORD_DEFAULTS;
  d.netns = kInit;
  run.kernel.send(d);
  run.session.receive();
  REQUIRE(run.changed.size() == 2);
  CHECK(run.changed[0].name == "init");
  CHECK(run.changed[1].name == "init");
}

TEST_CASE("that no SA was there is not said of a netns that was not listed") {
  SessionRun run;
  const NetnsId unlisted{7, 0}, next{7, 600};
  REQUIRE(run.start());
  run.session.set_unlisted({unlisted.inum});
  const auto match = [&](NetnsId id) {
    error_record e = error(key(id, kC), 1);
    e.evidence.match = MATCH_NONE;
    run.kernel.send(e);
    return run.told().at(0).evidence.value().match;
  };
  CHECK(match(unlisted) == Match::unknown);
  CHECK(match(kInitId) == Match::none);
  run.goes(unlisted);
  run.session.receive();
  CHECK(match(next) == Match::none);
}

TEST_CASE("what was counted and not sent comes with the next flush, and only then are the rows read") {
  SessionRun run;
  REQUIRE(run.start());
  const error_key row = key(kInitId, kC);
  run.kernel.send(error(row, 1));
  run.kernel.row(row, 4);
  run.session.flush(); // nothing was suppressed
  CHECK(run.kernel.walks == 0);
  run.kernel.suppressed_n = 3;
  run.kernel.more = true; // events are still on their way
  run.session.flush();
  CHECK(run.kernel.walks == 0);
  run.kernel.more = false;
  run.events.clear();
  run.session.flush();
  REQUIRE(run.events.size() == 1);
  CHECK(run.events[0].n == 3);
  CHECK(run.events[0].repeats);
  run.session.flush();
  CHECK(run.kernel.walks == 1);
  CHECK(run.events.size() == 1);
}

TEST_CASE("a row that lines stand for entirely has no further one") {
  SessionRun run;
  REQUIRE(run.start());
  run.kernel.send(error(key(kInitId, kC), 2));
  run.kernel.row(key(kInitId, kC), 2);
  run.kernel.row(key(kInitId, kC, 0x101), 5);
  run.kernel.suppressed_n = 5;
  run.session.flush();
  REQUIRE(run.events.size() == 2);
  CHECK(run.events[1].n == 5);
}

TEST_CASE("what keeps a session from starting is said") {
  SessionRun run;
  run.kernel.no_ring = "cannot open it";
  const Status started = run.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().text == "cannot open it");
}
