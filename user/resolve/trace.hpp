// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Follows values from a function's entry along every path to each counter increment.
#pragma once

#include "image.hpp"
#include "leads.hpp"
#include "value.hpp"

namespace xs {

// One increment of a per-CPU 64-bit counter, of whatever kind, and what is known just before it.
struct Increment {
  uint64_t address = 0;
  Op op;
  MachineState state;
  std::vector<uint64_t> leads; // instructions that lead to it, nearest first; see leads.hpp
};

// A call of one of kFlowLosingFunctions.
struct Call {
  uint64_t callee = 0;
  uint64_t back = 0;  // where it returns to
  MachineState state; // just before it
};

struct Trace {
  std::vector<Call> calls;
  Graph graph;
  std::map<uint64_t, MachineState> marks;   // in kBlockingFunction: what is known just before -1 is stored
  std::map<uint64_t, MachineState> checks;  // in kTransformFunction: just before something is held against kBadMessage
  std::map<uint64_t, MachineState> retries; // in kLookupFunction: just before an error is held against kTryAgain
  std::map<uint64_t, MachineState> elsewhere; // in kLookupFunction: just before an error is held against kElsewhere
  std::map<uint64_t, MachineState> blocks;    // in kLookupFunction: just before a number of 32 bits becomes -1
  std::vector<Increment> increments;          // by address
  std::map<uint64_t, MachineState> before;    // what is known just before each lead
  std::map<uint64_t, uint8_t> length;         // of the instructions that can be reached, by address
  std::vector<uint64_t> undecoded;            // reached, but not an instruction or outside the text at hand
  std::vector<uint64_t> strange_jumps;        // out of the function, but not to the start of another
};

Trace trace(const KernelImage& image, const Types& types, const Symbol& function);

} // namespace xs
