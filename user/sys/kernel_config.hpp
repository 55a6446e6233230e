// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the options that the running kernel was built with.
#pragma once

#include "../model/kernel_config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace xs {

// Pure. Text as in /boot/config-*.
KernelConfig parse_config(std::string_view text);
// From /proc/config.gz, or from the file that distributions install with the kernel; none: there is neither.
std::optional<KernelConfig> read_kernel_config(const std::string& release);

} // namespace xs
