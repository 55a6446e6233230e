// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the kernel dump the objects of tc in the netns of the calling thread, so that the hooks see them.
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

// Dumps qdiscs, filters, and the programs of tcx and netkit; call it with the hooks attached.
Status walk_tc();

// Pure. The places for filters in a message of a dump of RTM_GETQDISC or RTM_GETTCLASS.
std::vector<TcPlace> places_in(std::span<const uint8_t> message);

} // namespace xs
