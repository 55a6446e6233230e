// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// How much room the mirror gets.
#include "../../user/collect/snapshot.hpp"

#include <doctest/doctest.h>

using namespace xs;

TEST_CASE("the mirror has room for twice what is there, within bounds, or for what was asked for") {
  CHECK(mirror_rows(0, 0) == 16384);
  CHECK(mirror_rows(8192, 0) == 16384);
  CHECK(mirror_rows(8193, 0) == 16386);
  CHECK(mirror_rows(100'000, 0) == 200'000);
  CHECK(mirror_rows(9'000'000, 0) == 10'000'000);
  CHECK(mirror_rows(100'000, 500) == 500);
}
