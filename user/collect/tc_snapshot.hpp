// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Has the kernel list what tc has in the netns of the calling thread, where the hooks of the mirror see it.
#pragma once

#include "../sys/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xs {

// A qdisc or class whose filters can be listed.
struct TcPlace {
  int32_t ifindex = 0;
  uint32_t parent = 0; // 0: the root qdisc
  bool operator==(const TcPlace&) const = default;
};

// Qdiscs, filters, and the programs of tcx and netkit; to be called with the hooks in place.
Status walk_tc();

// Pure. The places where a message of RTM_GETQDISC's (or RTM_GETTCLASS's) dump says that filters can be.
std::vector<TcPlace> places_in(std::span<const uint8_t> message);

} // namespace xs
