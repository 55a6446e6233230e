// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The rule on flows whose destination has an SA, but not the one that the policy's template asks for. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// Names each field that differs, with both values.
Judgement template_no_sa(const Event& e);

} // namespace xs
