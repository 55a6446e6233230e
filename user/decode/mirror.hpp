// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes rows of the mirror. Pure; any bytes are safe. `clock_offset_ns` is CLOCK_REALTIME minus CLOCK_MONOTONIC.
// Names of netns and devices are left out.
#pragma once

#include "../model/mirror.hpp"
#include "../model/records.hpp"

namespace xs {

// False: the row was being written when it was read, and its fields may not belong together.
template <class Row> bool settled(const Row& row) {
  return row.version % 2 == 0;
}

// A row of the mirror, without what only the kernel's object has: fields that change per packet, further templates.
state_row whole_row(const state_kept& row);
policy_row whole_row(const policy_kept& row);

State decode_state(const state_row& row, int64_t clock_offset_ns);
// With the bitmap of the replay window.
State decode_reading(const state_reading& reading, int64_t clock_offset_ns);
Policy decode_policy(const policy_row& row, int64_t clock_offset_ns);

// None if nothing is known. Rows that are not settled are left out.
std::optional<Evidence> decode_evidence(const evidence& e, int64_t clock_offset_ns);

Actor decode_actor(const actor& h, int64_t clock_offset_ns);
// None: it has not happened yet.
std::optional<Actor> decode_known_actor(const actor& h, int64_t clock_offset_ns);

Change decode_change(const state_change_record& record, int64_t clock_offset_ns);
Change decode_change(const policy_change_record& record, int64_t clock_offset_ns);
DefaultsChange decode_defaults(const defaults_record& record, int64_t clock_offset_ns);

} // namespace xs
