// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The processors whose kernels can be read.
#pragma once

#include <cstdint>

namespace xs {

enum class Processor : uint8_t { x86_64, arm64 };

} // namespace xs
