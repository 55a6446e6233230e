// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints one block for each distinct failure, and counts its repetitions. Pure.
#pragma once

#include "text.hpp"

#include <map>

namespace xs {

class Repeats {
public:
  explicit Repeats(const TextStyle& style) : style_(style) {}

  // What to print at once.
  std::string add(const Event& e, const Finding& f);
  // "… 4,200 more in 3 s" for failures that have stopped for a second or gone on for three; `all`: for all.
  std::string due(uint64_t now_mono_ns, bool all = false);

private:
  struct Row {
    std::string title;       // names the failure if the line is not below its block
    uint64_t told_ns = 0;    // time of the last one printed
    uint64_t last_ns = 0;    // time of the last one
    uint64_t waiting = 0;    // not printed yet
    uint64_t waiting_ns = 0; // since when
  };
  const TextStyle& style_;
  std::map<std::string, Row> rows_; // by the identity of the failure
  std::string below_;               // the row printed last

  std::string more(const std::string& key, Row& row);
};

} // namespace xs
