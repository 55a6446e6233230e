// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States and policies as `ip xfrm state list nokeys` and `ip xfrm policy` print them, to the blank. Pure.
#pragma once

#include "../model/mirror.hpp"

namespace xs {

struct BlockStyle {
  bool statistics = false; // as with `ip -s`; the sizes of keys too
  bool utc = false;        // moments; false: in local time, as iproute2 has them
};

// Lines, each with its end. What is not known (what was read from the state) is left out.
std::string state_block(const State& state, const BlockStyle& style = {});
std::string policy_block(const Policy& policy, const BlockStyle& style = {});

// A state that is no more, with a last line on who removed it. `now_mono_ns`: what its age is told from.
std::string deleted_block(const State& state, uint64_t now_mono_ns, const BlockStyle& style = {});

} // namespace xs
