// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The errors that a running xfrm-snap has counted, from its pinned maps.
#pragma once

#include "../model/error_table.hpp"
#include "../model/records.hpp"
#include "pinned_maps.hpp"

#include <map>

namespace xs {

using Totals = std::vector<std::pair<total_key, total_row>>;
using Errors = std::vector<std::pair<error_key, error_row>>;
using Sites = std::map<uint16_t, SiteRef>; // by their number in rows

// Pure. The rows of these maps, decoded; `errors` was read after `totals`.
std::vector<ErrorRow> counted_errors(const Totals& totals, const Errors& errors, const Sites& sites);

// A row per failure, and for each counter and netns a row without a site for increments that had no room. Netns have
// only their inode numbers.
Result<std::vector<ErrorRow>> read_errors(const PinnedMaps& maps);

} // namespace xs
