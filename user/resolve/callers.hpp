// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a function no longer knows, its caller may: in a register that the function has saved, or in the caller's frame.
#pragma once

#include "image.hpp"
#include "value.hpp"

#include "../model/site.hpp"

namespace xs {

// Where a function has the registers of its caller. Slots: bytes from the stack pointer at its entry.
using Saved = std::map<Reg, Kept>;

// Where a caller has an object while a call is under way.
struct SpillSlot {
  std::vector<Reg> saved;       // registers that the callee has to preserve and that hold it
  std::optional<int64_t> above; // or a slot of the caller: bytes above the callee's stack pointer at its entry
  bool nowhere() const { return saved.empty() && !above; }
  // With `depth` bytes between the stack pointer and where it was at the entry; none: the callee has it no more.
  std::optional<Kept> at(const Saved& by_callee, int32_t depth) const;
};

struct CallerPlace {
  uint64_t back = 0; // the address that the call returns to
  SpillSlot flow, dst;
};

// None: it has the flow nowhere where it stays. `state`: just before the call.
std::optional<CallerPlace> flow_of_caller(const MachineState& state, uint64_t back, const Types& types,
                                          const Arch& arch);

// Whether a callee has to preserve the register.
bool preserved(Reg r, const Arch& arch);

// What a register that a callee has to preserve holds at the function's first instruction.
constexpr Identity of_caller(Reg r) {
  return 0x1000 + Identity{r};
}

// Whether it is what a register held at the function's first instruction, for its caller.
inline bool is_saved_register(const Value& v) {
  return v.kind == Value::Kind::unknown && !v.or_frame && v.id >= of_caller(0) && v.id < of_caller(kMaxRegs);
}

// Where the return address is, bytes from the stack pointer, with `depth` as above; none: in no slot that is known.
std::optional<int32_t> return_place(const Saved& saved, int32_t depth, const Arch& arch);

// Where the caller's registers are at an instruction of `function`: where it saved them before it did anything else,
// or where `state` has them.
Saved saved_registers(const KernelImage& image, const Symbol& function, const MachineState& state);

} // namespace xs
