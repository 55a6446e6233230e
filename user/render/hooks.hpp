// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The hooks of the mirror as text and as JSON lines. Pure.
#pragma once

#include "../model/hook.hpp"

#include <span>
#include <string>

namespace xs {

// One line per function.
std::string to_text(std::span<const Hook> hooks);
std::string to_json_lines(std::span<const Hook> hooks);

} // namespace xs
