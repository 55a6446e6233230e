// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// From the kernel side's clues to what they say. Pure; any bytes are safe.
#pragma once

#include "../model/clues.hpp"
#include "../model/records.hpp"

namespace xs {

Clues decode_clues(const clues& c);

} // namespace xs
