// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a function no longer knows, its caller may: in a register that the function has saved, or in the caller's frame.
#pragma once

#include "image.hpp"
#include "value.hpp"

namespace xs {

// Where a function has pushed registers: bytes below the place of its return address.
using Pushed = std::map<Reg, int64_t>;

// Where a caller has an object while a call is under way.
struct KeptPlace {
  std::vector<Reg> saved;       // registers that the callee has to preserve and that hold it
  std::optional<int64_t> above; // or a slot of the caller: bytes above the place of the return address
  bool nowhere() const { return saved.empty() && !above; }
  // Bytes above the place of the return address; none: the callee saves it elsewhere, if it does.
  std::optional<int32_t> offset(const Pushed& by_callee) const;
};

struct CallerPlace {
  uint64_t back = 0; // the address that the call returns to
  KeptPlace flow, dst;
};

// None: it has the flow nowhere where it stays. `state`: just before the call.
std::optional<CallerPlace> flow_of_caller(const MachineState& state, uint64_t back, const Types& types,
                                          const Arch& arch);

// The registers that a function pushes before it does anything else.
Pushed pushed_first(const KernelImage& image, const Symbol& function);

} // namespace xs
