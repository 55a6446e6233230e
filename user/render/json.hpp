// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events and summaries as JSON lines, one object a line, "v":1. Unknown is null. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/finding.hpp"
#include "json_text.hpp"

namespace xs {

struct Ready {
  std::string kernel;                           // uname -r
  size_t found = 0, attached = 0;               // places that count errors
  size_t losses_found = 0, losses_attached = 0; // places that lose packets uncounted
  size_t netns = 0;
  uint64_t states = 0, policies = 0, tc = 0;
  uint64_t elapsed_ms = 0;
};

Json to_json(const Ready& ready);
Json to_json(const Event& event, const Finding& finding);
Json to_json(const Summary& summary);
Json to_json(const Netns& netns);
Json to_json(const Process& process);
Json to_json(const SiteRef& site);
Json to_json(const PacketInfo& packet);
// The name of a counter; null for a loss.
Json counter_json(uint8_t counter);
// "held", "exact", "nearest", "none"; null if it is not known.
Json match_json(Match match);

// One line, with its end.
std::string line(Json json);

// "2026-11-22T15:03:46.261062368Z"
std::string iso_time(int64_t real_ns);
// "0x00000003"
std::string hex_spi(uint32_t spi);
// "0x3"
std::string hex(uint32_t number);

} // namespace xs
