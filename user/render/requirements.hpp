// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The requirements of a node as text and as JSON lines. Pure.
#pragma once

#include "../model/requirement.hpp"
#include "json.hpp"

#include <vector>

namespace xs {

// Lines, each with its end; the last one says whether xfrm-snap can run.
std::string to_text(const std::vector<Requirement>& requirements, bool color);
std::string to_json_lines(const std::vector<Requirement>& requirements);

} // namespace xs
