// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Adds up causes for the summary. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/finding.hpp"

#include <map>
#include <tuple>

namespace xs {

// True if a count belongs to this netns of a summary.
bool is_of(const Netns& counted, const Netns& netns);

class Causes {
public:
  void add(const Event& e, const Finding& f);
  // Counts of this netns now belong to kOtherNetns.
  void merge(const Netns& netns);
  // Adds the causes of each netns to the summary, and to each counter how many events have no cause.
  void put(Summary& summary) const;

private:
  using Key = std::tuple<std::optional<uint32_t>, std::optional<std::string>, uint8_t, std::string>;
  std::map<Key, CauseCount> counts_; // by netns, counter and cause

  void add(const CauseCount& one);
  void count_unknown(Summary& summary) const;
  void name_losing(Summary& summary) const;
};

} // namespace xs
