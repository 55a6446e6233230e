// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which side of a tunnel a packet in clear comes from that is forwarded. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

enum class Side : uint8_t {
  near,   // it was on its way into the tunnel
  far,    // it came in clear instead of through the tunnel
  unknown // it may be either
};

struct Origin {
  Side side = Side::unknown;
  std::string by; // the sentence that says by what it is known; empty: by the policies
};

// `out`: the out policy that takes its flow, too. By the policies, if they tell the two directions of the flow apart,
// or else by the devices: the tunnel's end is on one of them.
Origin origin_of(const Event& e, const Policy& out);

} // namespace xs
