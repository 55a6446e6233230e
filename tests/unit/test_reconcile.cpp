// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lines compared with the kernel's counters: a run is complete only if all counts are known and equal.
#include "difference.hpp"

#include "../../user/collect/reconcile.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

constexpr uint8_t kC = XfrmInNoStates, kOther = XfrmOutNoStates;

std::pair<total_key, total_row> total(NetnsId netns, uint32_t counter, uint64_t count) {
  total_row row{};
  row.count = count;
  return {{.netns = netns.inum, .counter = counter, .born_ns = netns.born_ns}, row};
}

Difference beyond(int64_t value, uint64_t uncertainty = 0) {
  return test::difference_of(kC, value, uncertainty);
}

Counts counts(uint64_t told, uint64_t filtered = 0) {
  Counts out;
  out.told[kC] = told;
  out.filtered[kC] = filtered;
  return out;
}

Summary summary(const std::optional<Difference>& gap, const Counts& seen) {
  Summary out;
  out.netns.push_back({{}, reconcile(gap, seen)});
  return out;
}

} // namespace

TEST_CASE("totals by netns: what was told, what was filtered; what came after the last line is neither") {
  const NetnsId a{7, 0}, b{7, 5};
  const auto all = counts_of({total(a, kC, 3), total(a, kC | FILTERED, 4), total(a, kC | AFTER_LIMIT, 90),
                              total(b, kC, 5), total({8, 0}, kOther | AFTER_LIMIT, 6), total(a, 250, 1)});
  REQUIRE(all.size() == 2);
  CHECK(all.at(a).told[kC] == 3);
  CHECK(all.at(a).filtered[kC] == 4);
  CHECK(all.at(b).told[kC] == 5);
  CHECK(all.at(b).filtered[kC] == 0);
}

TEST_CASE("the kernel's count is what was seen and what rose beyond it") {
  const auto r = reconcile(beyond(2), counts(5, 3)).at(kC);
  CHECK(r.kernel == 10);
  CHECK(r.seen == 5);
  CHECK(r.filtered == 3);
  CHECK_FALSE(r.complete());
  CHECK(reconcile(beyond(0), counts(5, 3)).at(kC).complete());
}

TEST_CASE("a counter that neither rose nor was seen is not listed; one that was missed altogether is") {
  CHECK(reconcile(beyond(0), counts(0)).empty());
  CHECK(reconcile({}, counts(0)).empty());
  CHECK(reconcile(beyond(1), counts(0)).size() == 1);
  CHECK(reconcile(beyond(0), counts(0, 1)).size() == 1);
}

TEST_CASE("where it could not be read the kernel's count is unknown") {
  const auto r = reconcile({}, counts(5)).at(kC);
  CHECK_FALSE(r.kernel);
  CHECK_FALSE(r.complete());
}

TEST_CASE("a counter that fell is unknown, and no huge number") {
  const auto r = reconcile(beyond(-6), counts(2, 1));
  REQUIRE(r.contains(kC));
  CHECK_FALSE(r.at(kC).kernel);
  CHECK(reconcile(beyond(-2), counts(2, 1)).at(kC).kernel == 1);
  CHECK(reconcile(beyond(-1), counts(0)).contains(kC));
  CHECK_FALSE(whole(summary(beyond(-6), counts(2))));
  CHECK(missed(summary(beyond(-6), counts(2))) == 0);
}

TEST_CASE("what was missed, as far as it is certain") {
  CHECK(missed(summary(beyond(4), counts(5, 3))) == 4);
  CHECK(missed(summary(beyond(4, 4), counts(5, 3))) == 0);
  CHECK(missed(summary(beyond(4, 3), counts(5, 3))) == 4);
  CHECK(missed(summary({}, counts(5))) == 0);
  CHECK(missed(summary(beyond(-1), counts(5))) == 0);
}

TEST_CASE("a run is whole where every counter is explained, nothing was lost, and nothing went wrong") {
  CHECK(whole(summary(beyond(0), counts(5, 3))));
  CHECK(whole(summary(beyond(2, 2), counts(5))));
  CHECK_FALSE(whole(summary(beyond(1), counts(5))));
  CHECK_FALSE(whole(summary({}, counts(5))));
  for (const auto lost : {&Summary::lost_ring, &Summary::lost_map_full, &Summary::lost_states, &Summary::lost_policies,
                          &Summary::lost_tc, &Summary::lost_changes}) {
    Summary one;
    one.*lost = 1;
    CHECK_FALSE(whole(one));
  }
  Summary troubled;
  troubled.problems.emplace_back("something");
  CHECK_FALSE(whole(troubled));
  CHECK(whole(Summary{}));
}
