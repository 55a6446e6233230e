// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Explains counters and losses: their meaning and usual causes, from the tables of rules. Pure.
#pragma once

#include "json.hpp"
#include "layout.hpp"

#include <set>

namespace xs {

// The counters of this kernel, as far as known.
struct KernelCounters {
  std::string release;
  std::optional<std::set<std::string>> listed;    // names in /proc/net/xfrm_stat
  std::optional<std::map<uint8_t, size_t>> sites; // places that count, by counter, and that lose packets, by kind;
                                                  // none: the kernel cannot be read
};

// `counter`: a counter or a kind of loss.
std::string explain_text(uint8_t counter, const KernelCounters& kernel, const TextStyle& style);
std::string overview_text(const KernelCounters& kernel, const TextStyle& style);
Json explain_json(uint8_t counter, const KernelCounters& kernel);
// docs/counters.md
std::string counters_markdown();
// docs/losses.md
std::string losses_markdown();

} // namespace xs
