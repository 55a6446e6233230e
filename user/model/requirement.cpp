// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decides whether requirements are satisfied.
#include "requirement.hpp"

#include <algorithm>

namespace xs {

bool satisfied(const std::vector<Requirement>& requirements) {
  return std::ranges::find(requirements, Requirement::Grade::bad, &Requirement::grade) == requirements.end();
}

} // namespace xs
