// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The sizes of the mirror's maps.
#include "../../user/collect/finder.hpp"
#include "../../user/collect/snapshot.hpp"

#include <doctest/doctest.h>

using namespace xs;

TEST_CASE("the mirror has room for what is there and more, within bounds, or for what was asked for") {
  const auto states = [](uint64_t there, uint32_t asked, bool growing) {
    return mirror_rows({.states = there, .policies = 0}, asked, growing).states;
  };
  CHECK(states(0, 0, false) == 16'384);
  CHECK(states(10'000, 0, false) == 26'384);
  CHECK(states(100'000, 0, false) == 125'000);
  CHECK(states(0, 0, true) == 131'072);
  CHECK(states(100'000, 0, true) == 200'000);
  CHECK(states(uint64_t{1} << 40, 0, true) == 10'000'000);
  CHECK(states(100'000, 64, true) == 64);
  const MirrorRows rows = mirror_rows({.states = 0, .policies = 20'000}, 0, true);
  CHECK(rows.policies == 40'000);
  CHECK(mirror_rows({}, 0, true).policies == 32'768);
  CHECK(mirror_rows({}, 64, true).policies == 64);
}

TEST_CASE("maps take all of their memory at once where the kernel cannot give it whenever it is needed") {
  SymbolTable old, recent;
  recent.add_line("ffffffff81000100 t bpf_mem_alloc_init");
  old.sort();
  recent.sort();
  CHECK(!maps_can_grow(old, Preemption::nowhere));
  CHECK(maps_can_grow(recent, Preemption::outside_locks));
  CHECK(!maps_can_grow(recent, Preemption::everywhere));
}
