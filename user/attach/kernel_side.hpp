// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What the programs in the kernel are told of sites and marks.
#pragma once

#include "../model/records.hpp"
#include "../model/site.hpp"

namespace xs {

// `id`: the site's number, which its events carry.
site kernel_side(const Site& s, uint16_t id);
mark kernel_side(const SiteMark& m);

} // namespace xs
