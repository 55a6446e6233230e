// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tc as JSON. Pure.
#pragma once

#include "json.hpp"

namespace xs {

Json to_json(const TcObject& object);
// {"v":1,"type":"change","what":"qdisc|filter|tcx|netkit",...,"tc":{...}}
Json to_json(const TcChange& change);
// {"v":1,"type":"tc","netns":{...},"tc":{...}}; `refs`: a qdisc's references
Json show_json(const TcObject& object, const std::optional<uint32_t>& refs);

// Of an event: "tc", what is on the packet's device in its direction, and what was there; "tc_change", the last change.
void put_tc(Json& out, const Event& event);

} // namespace xs
