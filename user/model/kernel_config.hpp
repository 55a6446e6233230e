// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The options that a kernel was built with.
#pragma once

#include <map>
#include <string>

namespace xs {

// By name (CONFIG_XFRM): 'y', 'm', or 'v' for any other value. Options that are not set are absent.
using KernelConfig = std::map<std::string, char, std::less<>>;

} // namespace xs
