// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Gives each distinct failure one block, and says of further ones how many there were. Pure.
#pragma once

#include "text.hpp"

#include <map>

namespace xs {

class Repeats {
public:
  explicit Repeats(const TextStyle& style) : style_(style) {}

  // What is to be printed at once.
  std::string add(const Event& e, const Finding& f);
  // "… 4,200 more in 3 s" of failures of which none came for a second, or that came for three; `all`: of all.
  std::string due(uint64_t now_mono_ns, bool all = false);

private:
  struct Row {
    std::string title;       // names the failure in a line that is not below its block
    uint64_t told_ns = 0;    // when what was printed last happened
    uint64_t last_ns = 0;    // when the last one happened
    uint64_t waiting = 0;    // not printed yet
    uint64_t waiting_ns = 0; // since when
  };
  const TextStyle& style_;
  std::map<std::string, Row> rows_; // by what makes failures the same
  std::string below_;               // the row whose block or line is the last thing printed

  std::string more(const std::string& key, Row& row);
};

} // namespace xs
