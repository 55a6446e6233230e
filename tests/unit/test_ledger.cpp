// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Whatever order events come in, and whichever are lost: the lines' `n` add up to what the kernel counted.
#include "../../user/collect/ledger.hpp"
#include "records.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

using namespace xs;
using namespace xs::test;

namespace {

constexpr NetnsId kNetns{4026531840, 0}, kOther{4026532000, 0};
constexpr uint8_t kCounter = XfrmInNoStates;

} // namespace

TEST_CASE("each event of a row is a line of its own while none is held back") {
  Ledger ledger;
  for (uint64_t i = 1; i <= 3; i++)
    CHECK(ledger.settle(error(key(kNetns, kCounter), i)) == 1);
  CHECK(ledger.printed(kNetns, kCounter) == 3);
}

TEST_CASE("a line stands for the events before it that were not sent") {
  Ledger ledger;
  CHECK(ledger.settle(error(key(kNetns, kCounter), 1)) == 1);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 100)) == 99);
  CHECK(ledger.printed(kNetns, kCounter) == 100);
}

TEST_CASE("an event that a later one overtook gets no line: it is in the other's n") {
  Ledger ledger;
  CHECK(ledger.settle(error(key(kNetns, kCounter), 2)) == 2);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 1)) == 0);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 3)) == 1);
  CHECK(ledger.printed(kNetns, kCounter) == 3);
}

TEST_CASE("two events that saw the same count of their row are one line") {
  Ledger ledger; // both were counted before either read the row
  CHECK(ledger.settle(error(key(kNetns, kCounter), 2)) == 2);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 2)) == 0);
  CHECK(ledger.printed(kNetns, kCounter) == 2);
}

TEST_CASE("any order, any loss, and flushes in between: the sum is the row's count") {
  std::mt19937 random(20261122);
  for (int run = 0; run < 200; run++) {
    std::vector<uint64_t> counts(40);
    std::iota(counts.begin(), counts.end(), 1);
    std::ranges::shuffle(counts, random);
    counts.resize(random() % counts.size()); // the ring was full for the others
    Ledger ledger;
    uint64_t sum = 0;
    for (const uint64_t count : counts) {
      sum += ledger.settle(error(key(kNetns, kCounter), count));
      if (random() % 4 == 0) sum += ledger.settle(key(kNetns, kCounter), count + random() % (41 - count));
    }
    sum += ledger.settle(key(kNetns, kCounter), 40);
    CHECK(sum == 40);
    CHECK(ledger.printed(kNetns, kCounter) == 40);
  }
}

TEST_CASE("a flushed row leaves nothing to the events that are still on their way") {
  Ledger ledger;
  CHECK(ledger.settle(error(key(kNetns, kCounter), 1)) == 1);
  CHECK(ledger.settle(key(kNetns, kCounter), 5) == 4);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 4)) == 0);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 5)) == 0);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 6)) == 1);
  CHECK(ledger.settle(key(kNetns, kCounter), 6) == 0);
  CHECK(ledger.printed(kNetns, kCounter) == 6);
}

TEST_CASE("rows are kept apart by every part of their key") {
  Ledger ledger;
  error_key other = key(kNetns, kCounter, 2);
  CHECK(ledger.settle(key(kNetns, kCounter, 1), 7) == 7);
  CHECK(ledger.settle(other, 2) == 2);
  other.site = 3;
  CHECK(ledger.settle(other, 4) == 4);
  CHECK(ledger.settle(key(kOther, kCounter, 1), 5) == 5);
  CHECK(ledger.settle(key(kNetns, XfrmOutNoStates, 1), 6) == 6);
  CHECK(ledger.printed(kNetns, kCounter) == 13);
  CHECK(ledger.printed(kOther, kCounter) == 5);
  CHECK(ledger.printed(kNetns, XfrmOutNoStates) == 6);
}

TEST_CASE("an event that found the map of rows full stands for its own amount, every time") {
  Ledger ledger;
  CHECK(ledger.settle(error(key(kNetns, kCounter), 0, 1)) == 1);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 0, 1)) == 1);
  CHECK(ledger.settle(error(key(kNetns, kCounter), 0, 8)) == 8);
  CHECK(ledger.printed(kNetns, kCounter) == 10);
}

TEST_CASE("what found no row and was not sent is the rest of the total, once") {
  Ledger ledger;
  ledger.settle(error(key(kNetns, kCounter, 1), 3));
  ledger.settle(error(key(kNetns, kCounter, 2), 0, 1));
  CHECK(ledger.settle_total(kNetns, kCounter, 10) == 6);
  CHECK(ledger.settle_total(kNetns, kCounter, 10) == 0);
  CHECK(ledger.printed(kNetns, kCounter) == 10);
}

TEST_CASE("a total that was read before the last rows takes nothing back") {
  Ledger ledger;
  ledger.settle(key(kNetns, kCounter), 9);
  CHECK(ledger.settle_total(kNetns, kCounter, 8) == 0);
  CHECK(ledger.printed(kNetns, kCounter) == 9);
}

TEST_CASE(
    "the next netns with a reused inode number starts at zero, also while the last events of the one before come in") {
  constexpr NetnsId kNext{kNetns.inum, 1300131558595};
  Ledger ledger;
  CHECK(ledger.settle(error(key(kNetns, kCounter), 1)) == 1);
  CHECK(ledger.settle(error(key(kNext, kCounter), 2)) == 2);
  CHECK(ledger.settle(key(kNetns, kCounter), 4) == 3);
  CHECK(ledger.settle_total(kNetns, kCounter, 5) == 1);
  CHECK(ledger.printed(kNetns, kCounter) == 5);
  CHECK(ledger.printed(kNext, kCounter) == 2);
}

TEST_CASE("a netns that is gone leaves nothing behind, the others keep theirs") {
  Ledger ledger;
  CHECK(ledger.settle(key(kNetns, kCounter), 4) == 4);
  CHECK(ledger.settle(key(kOther, kCounter), 2) == 2);
  ledger.forget(kNetns);
  CHECK(ledger.printed(kNetns, kCounter) == 0);
  CHECK(ledger.printed(kOther, kCounter) == 2);
  CHECK(ledger.settle(key(kNetns, kCounter), 3) == 3);
  CHECK(ledger.settle(key(kOther, kCounter), 2) == 0);
}

TEST_CASE("a row is settled once lines stand for all of it") {
  Ledger ledger;
  CHECK(ledger.settled(key(kNetns, kCounter), 0));
  CHECK_FALSE(ledger.settled(key(kNetns, kCounter), 1));
  ledger.settle(key(kNetns, kCounter), 4);
  CHECK(ledger.settled(key(kNetns, kCounter), 4));
  CHECK_FALSE(ledger.settled(key(kNetns, kCounter), 5));
  CHECK_FALSE(ledger.settled(key(kNetns, kCounter, 1), 1));
}

TEST_CASE("nothing was printed of what never came") {
  CHECK(Ledger().printed(kNetns, kCounter) == 0);
}

TEST_CASE("a line stands for the packets that its row has and no line has told") {
  Ledger ledger;
  const error_key row = key(kNetns, kCounter);
  CHECK(ledger.settle_packets(row, 2, 2, 2) == 2);   // one each
  CHECK(ledger.settle_packets(row, 14, 4, 2) == 12); // one of them stood for eleven
  CHECK(ledger.settle_packets(row, 15, 5, 1) == 1);
  CHECK(ledger.settle_packets(row, 12, 4, 1) == 0); // a later one overtook it
  CHECK(ledger.settle_packets(row, 22, 6, 1) == 7);
  CHECK(ledger.settle_packets(key(kOther, kCounter), 5, 1, 1) == 5);
  ledger.forget(kNetns);
  CHECK(ledger.settle_packets(row, 3, 1, 1) == 3);
}

TEST_CASE("packets that an event was told with are not told again") {
  Ledger ledger;
  const error_key row = key(kNetns, kCounter);
  CHECK(ledger.settle_packets(row, 1, 1, 1) == 1);
  ledger.settled_packets(row, 11);
  CHECK(ledger.settle_packets(row, 12, 2, 1) == 1);
}

TEST_CASE("packets of a row of which not all are known are unknown") {
  Ledger ledger;
  CHECK(ledger.settle_packets(key(kNetns, kCounter), 4, 1, 1) == 4);
  CHECK_FALSE(ledger.settle_packets(key(kNetns, kCounter), 0, 2, 1));
}
