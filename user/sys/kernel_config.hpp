// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The options that the running kernel was built with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace xs {

// By name (CONFIG_XFRM): 'y', 'm', or 'v' for an option with some other value. Those that are not set are absent.
using KernelConfig = std::map<std::string, char, std::less<>>;

// Pure. Text as in /boot/config-*.
KernelConfig parse_config(std::string_view text);
// From /proc/config.gz, or the file that distributions put beside the kernel; none: there is neither.
std::optional<KernelConfig> read_kernel_config(const std::string& release);

} // namespace xs
