// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where the machine holds what the resolver knows at one instruction: the best place of each operand.
#pragma once

#include "image.hpp"
#include "value.hpp"

namespace xs {

struct Found {
  Operands operands{};
  std::optional<Operand> policies;  // as in Site
  std::optional<Operand> looked_up; // as in Site
};

Found find_operands(const MachineState& state, const Types& types, const Arch& arch);

// How far the function's entry stack pointer is above the stack pointer here, bytes; none: not known.
std::optional<int32_t> depth(const MachineState& state, const Arch& arch);

} // namespace xs
