// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The errors that a running xfrm-snap has counted, from its pinned maps.
#pragma once

#include "../model/error_table.hpp"
#include "pinned_maps.hpp"

namespace xs {

// A row per failure; of each counter and netns one more, without a site, for increments that found no room. Netns have
// their inode numbers only.
Result<std::vector<ErrorRow>> read_errors(const PinnedMaps& maps);

} // namespace xs
