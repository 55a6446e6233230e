// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States, policies and their changes as JSON. Unknown is null, and so is what is not set; no key is in it. Pure.
#pragma once

#include "json.hpp"

namespace xs {

Json to_json(const State& state);
Json to_json(const Policy& policy);
Json to_json(const Change& change);
Json to_json(const DefaultsChange& change);

// {"state","ts","ago_ms","by","how"}; `now_mono_ns`: the moment of the event that it belongs to.
Json deleted_json(const State& state, uint64_t now_mono_ns);

// Lines of `show`: {"v":1,"type":"state","netns":...,"state":{...}} and alike.
Json show_json(const State& state);
Json show_json(const Policy& policy);
Json show_deleted_json(const State& state, uint64_t now_mono_ns);

} // namespace xs
