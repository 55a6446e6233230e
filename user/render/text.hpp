// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Events and summaries for people. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/finding.hpp"
#include "layout.hpp"

namespace xs {

// A block of lines, each with its end.
std::string to_text(const Event& event, const Finding& finding, const TextStyle& style);
std::string to_text(const Summary& summary, const TextStyle& style);

} // namespace xs
