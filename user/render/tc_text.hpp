// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects of tc as the tool tc prints them. Pure.
#pragma once

#include "../model/tc.hpp"
#include "layout.hpp"

namespace xs {

// "filter dev eth0 ingress protocol all pref 1 bpf chain 0 handle 0x1 a.o:[tc] direct-action id 77 name cil_from_netdev
// tag 3b185187f1855c4c", "qdisc clsact ffff: dev eth0 parent ffff:fff1", "tcx dev eth0 ingress pos 0 id 5 name mark"
std::string tc_words(const TcObject& object);
// The same as a line; a qdisc with its references.
std::string tc_block(const TcObject& object, const std::optional<uint32_t>& refs);

// Lines of an event: what is present, what was removed, and what changed last.
std::string tc_text(const TcPoint& point, uint64_t mono_ns, const TextStyle& style);

std::string to_text(const TcChange& change, const TextStyle& style);

} // namespace xs
