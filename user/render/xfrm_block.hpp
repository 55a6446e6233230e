// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States and policies exactly as `ip xfrm state list nokeys` and `ip xfrm policy` print them. Pure.
#pragma once

#include "../model/mirror.hpp"

namespace xs {

struct BlockStyle {
  bool statistics = false; // as with `ip -s`; the sizes of keys too
  bool utc = false;        // times in UTC; false: in local time, as in iproute2
};

// Lines, each with its end. Leaves out what is not known (the fields read from the state).
std::string state_block(const State& state, const BlockStyle& style = {});
std::string policy_block(const Policy& policy, const BlockStyle& style = {});

// A removed state, with a last line on who removed it. `now_mono_ns`: the reference of its age.
std::string deleted_block(const State& state, uint64_t now_mono_ns, const BlockStyle& style = {});

} // namespace xs
