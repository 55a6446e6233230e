// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Objects of tc as JSON. Pure.
#pragma once

#include "json.hpp"

namespace xs {

Json to_json(const TcObject& object);
// {"v":1,"type":"change","what":"qdisc|filter|tcx|netkit",...,"tc":{...}}
Json to_json(const TcChange& change);
// {"v":1,"type":"tc","netns":{...},"tc":{...}}; `refs`: a qdisc's references
Json show_json(const TcObject& object, const std::optional<uint32_t>& refs);

// Adds to an event: "tc", what is and was on the packet's device in its direction; "tc_change", the last change.
void put_tc(Json& out, const Event& event);

} // namespace xs
