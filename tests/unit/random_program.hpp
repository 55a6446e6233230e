// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Small functions of random instructions, such as a compiler might have written on a bad day.
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
