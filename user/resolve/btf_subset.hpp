// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reduces a kernel's BTF to the functions and structs that the resolver follows: megabytes become kilobytes.
#pragma once

#include "types.hpp"

#include <set>
#include <string>

namespace xs {

// The prototypes of `functions` and the structs behind them, those of modules included: one object without split.
BtfPtr btf_subset(const KernelBtf& from, const std::set<std::string, std::less<>>& functions);

} // namespace xs
