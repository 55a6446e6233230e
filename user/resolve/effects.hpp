// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What one instruction of a function does to all that is known: the rules of the abstract interpretation.
#pragma once

#include "image.hpp"
#include "value.hpp"

namespace xs {

// What a branch tells about the value that was asked about, on one of its two ways.
void answer(MachineState& state, const Insn& branch, bool taken);

// The instruction that made a value; 0, or no instruction's address: it cannot be said.
uint64_t origin(Identity id);

class Effects {
public:
  Effects(const KernelImage& image, const Types& types, const Symbol& function);

  // What is known at the function's first instruction.
  MachineState entry() const;
  // False: this cannot be executed with what is known.
  bool step(MachineState& state, const Insn& insn) const;
  // False: the instruction calls a function that never returns.
  bool returns(const Insn& insn) const;

private:
  const KernelImage& image_;
  const Arch& arch_;
  const Types& types_;
  const Symbol& symbol_;
  const std::string name_;
  const std::optional<Types::Counters> counters_;
  uint64_t entry_hook_ = 0; // where a tracer's call may stand, besides the first instruction

  void apply(MachineState& state, const Op& op, Identity id) const;
  bool faults(const MachineState& state, const Op& op) const;
  Value sum(const MachineState& state, const Op& op) const;
  Value loaded(const MachineState& state, const Op& op, Identity id) const;
  Value from_slot(const MachineState& state, const Op& op, int64_t at, Identity id) const;
  void store(MachineState& state, const Op& op) const;
  void fill(MachineState& state, const Op& op) const;
  void call(MachineState& state, const Insn& insn) const;
};

} // namespace xs
