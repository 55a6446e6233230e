// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The side of a tunnel that a forwarded packet in clear comes from. Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

enum class Side : uint8_t {
  near,   // it was on its way into the tunnel
  far,    // it came in clear instead of through the tunnel
  unknown // either is possible
};

struct Origin {
  Side side = Side::unknown;
  std::string by; // a sentence on how this is known; empty: by the policies
};

// `out`: the out policy that also takes the flow. Decided by the policies if they distinguish the directions of the
// flow, otherwise by the devices: one of them has the tunnel's end.
Origin origin_of(const Event& e, const Policy& out);

} // namespace xs
