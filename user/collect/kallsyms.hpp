// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads /proc/kallsyms.
#pragma once

#include "../resolve/symbols.hpp"
#include "../sys/result.hpp"

namespace xs {

Result<SymbolTable> read_kallsyms();

} // namespace xs
