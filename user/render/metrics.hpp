// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A run's numbers in Prometheus' text format. Pure.
#pragma once

#include "../model/finding.hpp"
#include "../model/event.hpp"
#include "netns_series.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace xs {

// What is read anew for each answer.
struct Gauges {
  std::string kernel; // uname -r
  size_t sites_found = 0, sites_attached = 0;
  uint64_t netns = 0;
  uint64_t states = 0, states_room = 0;
  uint64_t policies = 0, policies_room = 0;
  uint64_t packets_captured = 0;
  double started_s = 0; // since the epoch
  Summary losses;       // its lost_* alone
};

class Metrics {
public:
  void add(const Event& event, const Finding& finding);
  // The netns is gone; this is what it had counted.
  void gone(const NetnsCounters& last);
  // `kernel`: of every netns that is there.
  std::string text(const Gauges& gauges, const std::vector<NetnsCounters>& kernel);
  // The last text took the place of the one before. `scraped`: that one was asked for.
  void new_page(bool scraped) { series_.new_page(scraped); }

private:
  // Up to where the kernel's counters of a netns are in the series of its name.
  struct Read {
    std::string name;
    std::map<uint8_t, std::pair<uint64_t, uint64_t>> counters; // the kernel's, filtered
    int absent = 0;                                            // how often it was not there since
  };
  NetnsSeries series_;
  std::map<std::pair<uint32_t, uint64_t>, Read> read_; // by inode number and birth

  void settle(const NetnsCounters& netns);
  void follow(const std::vector<NetnsCounters>& there);
  std::string lines(NetnsSeries::Family family) const;
};

} // namespace xs
