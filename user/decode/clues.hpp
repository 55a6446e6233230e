// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// From the kernel side's clues to what they say. Pure; any bytes are safe.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"

namespace xs {

Clues decode_clues(const clues& c);
// The flow that policies were looked up with; none: not known.
std::optional<PacketInfo> decode_flow(const clues& c);

} // namespace xs
