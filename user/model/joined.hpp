// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Words as one text. {fmt}'s join does it for ranges of anything, at a tenth of a second in each file that calls it.
// Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace xs {

// "esp, ah", with ", " between.
std::string joined(std::span<const std::string> words, std::string_view between);

} // namespace xs
