// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes small functions of random instructions.
#pragma once

#include "assembler.hpp"

#include <random>

namespace xs::test {

using Random = std::mt19937;

inline size_t pick(Random& random, size_t below) {
  return random() % below;
}

// Ends in an increment. Only calls functions of the small kernel.
Code random_program(Random& random);

} // namespace xs::test
