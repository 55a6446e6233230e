// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events and summaries as text. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/finding.hpp"
#include "layout.hpp"

namespace xs {

// "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101"
std::string packet_title(const PacketInfo& p);

// A block of lines, each with its end: what happened, the cause, and the evidence that matters.
std::string to_text(const Event& event, const Finding& finding, const TextStyle& style);
std::string to_text(const Summary& summary, const TextStyle& style);

} // namespace xs
