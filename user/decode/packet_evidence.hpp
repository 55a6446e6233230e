// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes the packet evidence of an event. Pure; any bytes are safe.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"

namespace xs {

PacketEvidence decode_packet_evidence(const packet_evidence& c);
// The flow that policies were looked up with; none: not known.
std::optional<PacketInfo> decode_flow(const packet_evidence& c);

} // namespace xs
