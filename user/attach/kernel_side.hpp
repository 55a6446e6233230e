// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sites and marks as the BPF programs need them.
#pragma once

#include "../model/records.hpp"
#include "../model/site.hpp"

namespace xs {

// `id`: the number of the site, which its events carry.
site kernel_side(const Site& s, uint16_t id);
mark kernel_side(const SiteMark& m);

} // namespace xs
