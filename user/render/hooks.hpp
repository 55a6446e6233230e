// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which hooks keep the mirror, as text and as JSON lines. Pure.
#pragma once

#include "../model/hook.hpp"

#include <span>
#include <string>

namespace xs {

// A line for each function.
std::string to_text(std::span<const Hook> hooks);
std::string to_json_lines(std::span<const Hook> hooks);

} // namespace xs
