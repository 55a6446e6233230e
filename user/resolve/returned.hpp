// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Follows what a function returns back to where it is at each of the function's instructions.
#pragma once

#include "image.hpp"
#include "leads.hpp"

#include "../model/site.hpp"

namespace xs {

// For each of `at`: where the number is that the function will return from there, unless it makes that 0 on its way.
// None: it is in no register, or not the same one on every way.
std::map<uint64_t, Operand> find_returned(const Graph& graph, const std::set<uint64_t>& at, const KernelImage& image);

} // namespace xs
