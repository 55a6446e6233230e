// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Proves where a number that becomes -1 makes an increment follow.
#pragma once

#include "leads.hpp"
#include "value.hpp"

namespace xs {

// Whether 32 bits of memory become -1: by the instruction itself, or because of what is known just before it.
bool stores_minus_one(const Insn& insn);
bool stores_minus_one(const Insn& insn, const MachineState& before);
// The operation by which a register's low half becomes -1; nullptr: none.
const Op* minus_one(const Insn& insn);

// Follows the -1 that the instruction at `at` makes, and what the branches behind it decide then. True: every way comes
// to one of `goals`, or has the function return an error, or ends where nothing goes on; and some way comes to a goal.
bool surely_blocks(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals, const Arch& arch,
                   const SymbolTable& symbols);

// Whether any way through the graph leads from `at` to one of `goals`.
bool may_reach(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals);

} // namespace xs
