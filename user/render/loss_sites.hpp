// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The places where packets are lost without a counter, as text and as JSON lines. Pure.
#pragma once

#include "../resolve/losses.hpp"

#include <string>

namespace xs {

std::string to_text(const Losses& losses);
// One "loss-site" or "absent-loss" per line.
std::string to_json_lines(const Losses& losses);

} // namespace xs
