// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lays out the places where packets are lost that no counter counts. Pure.
#pragma once

#include "../resolve/losses.hpp"

#include <string>

namespace xs {

std::string to_text(const Losses& losses);
// One "loss-site" or "absent-loss" a line.
std::string to_json_lines(const Losses& losses);

} // namespace xs
