// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The status line on a terminal: errors by counter, and their rates. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

class Live {
public:
  void add(const Event& e);
  // "12 s, 1,204 errors: XfrmInNoStates 1,200 (35/s), XfrmOutNoStates 4". Rates are since the previous line; call it
  // about once a second. `now_ns`, `start_ns`: of one clock.
  std::string line(uint64_t start_ns, uint64_t now_ns);

private:
  struct Count {
    uint64_t n = 0;
    uint64_t told = 0; // in the previous line
  };
  std::map<uint8_t, Count> counts_;
  uint64_t told_ns_ = 0;
};

// "4,200"
std::string grouped(uint64_t n);

} // namespace xs
