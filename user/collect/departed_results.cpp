// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds up the results of netns that have no line of their own.
#include "departed_results.hpp"

#include <iterator>
#include <optional>

namespace xs {
namespace {

// The sum of the kernel's counters is known if each is known, and if it does not hide that one of them is not
// explained.
void add(CounterResult& sum, const CounterResult& one) {
  const bool explained = sum.complete() && one.complete();
  sum.kernel = sum.kernel && one.kernel ? std::optional(*sum.kernel + *one.kernel) : std::nullopt;
  sum.seen += one.seen;
  sum.uncertainty += one.uncertainty;
  sum.filtered += one.filtered;
  if (!explained && sum.complete()) sum.kernel.reset();
}

} // namespace

void DepartedResults::add(NetnsResult result) {
  kept_.push_back(std::move(result));
  if (kept_.size() <= kKept) return;
  for (const auto& [counter, one] : kept_.front().counters)
    if (const auto [sum, first] = others_.counters.try_emplace(counter, one); !first) xs::add(sum->second, one);
  merged_(kept_.front().netns);
  kept_.pop_front();
}

std::vector<NetnsResult> DepartedResults::take() {
  std::vector<NetnsResult> out;
  if (!others_.counters.empty()) out.push_back(std::exchange(others_, {kOtherNetns, {}}));
  std::ranges::move(kept_, std::back_inserter(out));
  kept_.clear();
  return out;
}

} // namespace xs
