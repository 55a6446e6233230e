// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Breaks lines at blanks, so that they fit a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xs {

// Columns that the text takes: escape sequences take none, a character of UTF-8 takes one.
size_t columns(std::string_view text);

// The text in lines of at most `width` columns (0: any), the first of which begins after `indent` columns and the
// others with as many blanks. A word that is longer than that has a line of its own.
std::string wrap(std::string_view text, size_t indent, size_t width);

// The first `width` columns (0: all).
std::string cut(std::string_view text, size_t width);

} // namespace xs
