// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds where a small function refuses its work with an errno.
#pragma once

#include "image.hpp"

#include <vector>

namespace xs {

struct Refusal {
  uint64_t address = 0;
  Reg parameter = kNoReg; // holds what the function was given
};

// The instructions that load -`error`, behind which the function does nothing but return it, and that know the
// function's `parameter`.
std::vector<Refusal> refusals(const KernelImage& image, const Symbol& function, uint16_t error, size_t parameter);

} // namespace xs
