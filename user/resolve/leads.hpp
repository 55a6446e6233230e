// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the instructions that do nothing but lead to an increment.
#pragma once

#include "insn.hpp"
#include "symbols.hpp"

#include <map>
#include <set>

namespace xs {

// The instructions of a function that can be reached, and where each may go on.
struct Graph {
  struct Node {
    Insn insn;
    std::vector<uint64_t> next;
  };
  std::map<uint64_t, Node> nodes; // by address
};

// The increment in an instruction; nullptr: none.
const Op* increment(const Insn& insn);

// Whether the instruction ends the function by a return.
bool is_return(const Insn& insn, const SymbolTable& symbols);

// Those of `goals` that the ways from `at` come to first; empty: some way leaves the function before it comes to any.
std::set<uint64_t> surely_reached(const Graph& graph, uint64_t at, const std::set<uint64_t>& goals);

// Whether every way to `at` comes by the branch of a test that found an error pointer, and no call since.
bool only_after_error(const Graph& graph, uint64_t at);

// For each increment, by its address: the instructions before it, nearest first, that every way to it comes by, and
// from which every way leads to this increment or to another one of the same counter, without a call in between.
std::map<uint64_t, std::vector<uint64_t>> leads(const Graph& graph);

} // namespace xs
