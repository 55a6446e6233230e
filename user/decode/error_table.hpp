// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rows of the map `errors`. Pure.
#pragma once

#include "../model/error_table.hpp"
#include "../model/records.hpp"

namespace xs {

// Its site and the name of its netns are found elsewhere.
ErrorRow decode_error_row(const error_key& key, const error_row& row);

} // namespace xs
