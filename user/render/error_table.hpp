// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rows of `show errors` as text and as JSON. Pure.
#pragma once

#include "../model/error_table.hpp"
#include "json.hpp"

namespace xs {

// `clock_offset_ns`: CLOCK_REALTIME minus CLOCK_MONOTONIC.
Json to_json(const ErrorRow& row, int64_t clock_offset_ns);
// A block of lines. `now_ns`: CLOCK_MONOTONIC.
std::string to_text(const ErrorRow& row, uint64_t now_ns);

} // namespace xs
