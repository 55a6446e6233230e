// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes rows of map `errors`. Pure.
#pragma once

#include "../model/error_table.hpp"
#include "../model/records.hpp"

namespace xs {

// Leaves out the site and the name of the netns.
ErrorRow decode_error_row(const error_key& key, const error_row& row);

} // namespace xs
