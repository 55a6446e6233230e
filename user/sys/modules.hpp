// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel modules that are loaded or installed. Names are the kernel's, with "_" for "-".
#pragma once

#include "result.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace xs {

// An empty set if the kernel has no modules.
Result<std::set<std::string>> loaded_modules();
// The modules that modprobe could load; none: /lib/modules has no list for this kernel.
std::optional<std::set<std::string>> installed_modules(const std::string& release);

// Pure. The names in the text of modules.dep ("kernel/net/ipv4/esp4.ko.xz: ...").
std::set<std::string> parse_modules_dep(std::string_view text);

} // namespace xs
