// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where something is noted for increments that come next and have lost it.
#pragma once

#include "trace.hpp"

namespace xs {

// The nearest instruction before the increment at which the flow is still known; none: there is no such.
std::optional<SiteMark> flow_mark(const Increment& inc, const Site& site, const Trace& traced, const Types& types,
                                  const Arch& arch);

// The instruction at `at` in `function`, for the counter that is raised next; none: the flow is not certainly known
// there.
std::optional<SiteMark> flow_noted_at(uint64_t at, const MachineState& state, uint8_t counter, const Symbol& function,
                                      const Types& types, const Arch& arch);

// The comparison at `at` with kBadMessage, and where it finds what it compares; none: that cannot be said.
std::optional<SiteMark> error_mark(uint64_t at, const MachineState& state, const KernelImage& image);

// Where a comparison finds the number; none: not in a register, nor in the function's frame.
std::optional<Operand> compared_place(const Compared& c, const MachineState& state, const Arch& arch);

} // namespace xs
