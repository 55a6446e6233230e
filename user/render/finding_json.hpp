// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packet evidence and findings as JSON. Pure.
#pragma once

#include "../model/packet_evidence.hpp"
#include "../model/finding.hpp"
#include "json.hpp"

namespace xs {

// Into an error's object: "evidence"; null where nothing is known.
void put_packet_evidence(Json& out, const std::optional<PacketEvidence>& packet_evidence);
// "cause", "why", "advice" and "missing".
void put_finding(Json& out, const Finding& finding);

} // namespace xs
