// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Wraps lines at blanks to fit a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xs {

// Columns of the text: an escape sequence has none, a character of UTF-8 has one.
size_t columns(std::string_view text);

// Wraps the text to `width` columns (0: unlimited). The first line begins after `indent` columns, the others with as
// many blanks. A longer word has a line of its own.
std::string wrap(std::string_view text, size_t indent, size_t width);

// The first `width` columns (0: all).
std::string cut(std::string_view text, size_t width);

} // namespace xs
