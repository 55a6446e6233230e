// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which kernel modules there are. Names as the kernel has them, with "_" for "-".
#pragma once

#include "result.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace xs {

// Of a kernel that knows none, an empty set.
Result<std::set<std::string>> loaded_modules();
// Those that modprobe could load; none: this kernel's folder below /lib/modules has no list.
std::optional<std::set<std::string>> installed_modules(const std::string& release);

// Pure. The names in the text of modules.dep ("kernel/net/ipv4/esp4.ko.xz: ...").
std::set<std::string> parse_modules_dep(std::string_view text);

} // namespace xs
