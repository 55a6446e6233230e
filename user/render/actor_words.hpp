// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Actors in words and as JSON: who, how and when. Pure.
#pragma once

#include "../model/mirror.hpp"
#include "json.hpp"

namespace xs {

// " 12.3 s ago by ip[4711] (netlink)", each part with a blank before it, if it is known.
std::string actor_words(const Actor& actor, uint64_t now_mono_ns);
// " by ip[4711] (netlink)"
std::string by_words(const Actor& actor);

// {"pid","comm"}, null if no process is known.
Json by_json(const Actor& actor);
// "netlink", null if not known.
Json how_json(const Actor& actor);
// Milliseconds, null if not known; 0 for what came after `now_mono_ns`.
Json ago_json(const Actor& actor, uint64_t now_mono_ns);
// {"ts","by","how"}
Json to_json(const Actor& actor);

} // namespace xs
