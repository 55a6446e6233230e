// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A run's numbers in Prometheus' text format. Pure.
#pragma once

#include "../model/finding.hpp"
#include "../model/event.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>

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

// Netns beyond this many go by the name "(other)": the number of series is bounded.
inline constexpr size_t kNamedNetns = 500;

class Metrics {
public:
  void add(const Event& event, const Finding& finding);
  std::string text(const Gauges& gauges, const std::vector<KernelCounter>& kernel);

private:
  using Key = std::tuple<std::string, uint8_t, std::string>; // netns, counter, cause
  std::map<Key, uint64_t> errors_;
  std::set<std::string> names_;

  std::string name(const Netns& netns);
  std::string error_lines() const;
  std::string kernel_lines(const std::vector<KernelCounter>& kernel);
};

} // namespace xs
