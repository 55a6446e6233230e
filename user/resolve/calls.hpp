// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a call does to all that is known.
#pragma once

#include "image.hpp"
#include "value.hpp"

namespace xs {

// True if the function never returns.
bool never_returns(std::string_view function);
// True for functions called from inline assembly that tells the compiler that no register changes.
bool preserves_registers(std::string_view function, Processor processor);

// `function`: who calls. `target`: what is called, if known. `id`: of the value that the callee returns.
void apply_call(MachineState& state, const KernelImage& image, const Types& types, const std::string& function,
                std::optional<uint64_t> target, Identity id);

// An address of the own frame becomes known to others, who take it for a pointer to `to` and may write there.
void expose(MachineState& state, const Value& address, const Target& to);

} // namespace xs
