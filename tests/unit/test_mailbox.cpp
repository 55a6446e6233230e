// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The queue between two threads: no job is lost, doubled or reordered, and neither thread waits for the other
// forever.
#include "../../user/cli/mailbox.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace xs;
using namespace std::chrono_literals;

TEST_CASE("jobs are done once each, in their order, by the thread that serves") {
  constexpr int kJobs = 5000; // many times what there is room for
  Mailbox box;
  std::vector<int> done;
  bool elsewhere = false;
  const auto here = std::this_thread::get_id();
  std::jthread giver([&] {
    for (int i = 0; i < kJobs; i++)
      box.put([&, i] {
        done.push_back(i);
        elsewhere |= std::this_thread::get_id() != here;
      });
    box.close();
  });
  box.serve(1s, [] {});
  REQUIRE(done.size() == kJobs);
  for (int i = 0; i < kJobs; i++)
    CHECK(done[static_cast<size_t>(i)] == i);
  CHECK_FALSE(elsewhere);
}

TEST_CASE("whoever gives jobs faster than they are done has to wait") {
  Mailbox box;
  std::atomic<int> given = 0, done = 0;
  int most = 0;
  std::jthread giver([&] {
    for (; given < 2000; given++)
      box.put([&] {
        most = std::max(most, given - done);
        done++;
      });
    box.close();
  });
  box.serve(1s, [] { std::this_thread::sleep_for(1ms); });
  CHECK(done == 2000);
  CHECK(most <= 3 * 256); // one lot that waits, one that is done, and the one that comes in meanwhile
}

TEST_CASE("where it is urgent nobody waits for what is done slowly") {
  std::atomic<bool> urgent = false, given = false;
  Mailbox box([&] { return urgent.load(); });
  int done = 0;
  std::jthread giver([&] {
    for (int i = 0; i < 2000; i++)
      box.put([&] {
        urgent = true; // the first one, which lasts until all are given
        while (!given)
          std::this_thread::sleep_for(1ms);
        done++;
      });
    given = true;
    box.close();
  });
  box.serve(1s, [] {});
  CHECK(done == 2000);
}

TEST_CASE("the answer to a question comes from the serving thread, after all that was given before") {
  Mailbox box;
  int jobs = 0, answer = 0;
  std::jthread giver([&] {
    box.put([&] { jobs++; });
    box.put([&] { jobs++; });
    answer = box.ask([&] { return 10 * jobs; });
    box.close();
  });
  box.serve(1s, [] {});
  giver.join();
  CHECK(answer == 20);
}

TEST_CASE("what is called in between has its turn while nothing comes in") {
  Mailbox box;
  std::atomic<int> turns = 0;
  std::jthread giver([&] {
    while (turns < 3)
      std::this_thread::sleep_for(1ms);
    box.close();
  });
  box.serve(1ms, [&] { turns++; });
  CHECK(turns >= 3);
}

TEST_CASE("once a job has thrown, nobody waits for it and nothing more is done") {
  Mailbox box;
  std::atomic<int> after = 0;
  bool told = false;
  std::jthread giver([&] {
    box.put([] { throw std::runtime_error("broken"); });
    for (int i = 0; i < 2000; i++)
      box.put([&] { after++; });
    try {
      box.ask([] { return 1; });
    } catch (const std::future_error&) {
      told = true;
    }
    box.close();
  });
  CHECK_THROWS_WITH(box.serve(1s, [] {}), "broken");
  giver.join();
  CHECK_FALSE(box.served());
  CHECK(told);
  CHECK(after == 0);
}

TEST_CASE("what a question throws reaches who asked, and the others are served") {
  Mailbox box;
  std::string caught;
  int after = 0;
  std::jthread giver([&] {
    try {
      box.ask([]() -> int { throw std::runtime_error("no"); });
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
    box.put([&] { after++; });
    box.close();
  });
  box.serve(1s, [] {});
  giver.join();
  CHECK(caught == "no");
  CHECK(after == 1);
}
