// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where the running kernel may preempt its own code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xs {

enum class Preemption : uint8_t { nowhere, outside_locks, everywhere };

// Pure. `version`: what `uname -v` says; `mode`: /sys/kernel/debug/sched/preempt, the mode in force in parentheses.
// Without it a kernel that can preempt itself is assumed to do so.
Preemption preemption_of(std::string_view version, const std::optional<std::string>& mode);
Preemption preemption();

} // namespace xs
