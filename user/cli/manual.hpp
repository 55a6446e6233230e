// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the manual page and the shells' completions from the option table. Pure.
#pragma once

#include <string>

namespace xs {

// In roff, section 8.
std::string manual_page();
std::string bash_completion();
std::string zsh_completion();

} // namespace xs
