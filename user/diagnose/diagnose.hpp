// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// From an event to what it comes down to. Pure: tables of rules, tried in their order.
#pragma once

#include "../model/finding.hpp"
#include "rule.hpp"

#include <optional>
#include <string_view>

namespace xs {

// The cause that the first rule names whose evidence holds. Where none holds it is "unknown", and what is told is the
// counter's meaning and which evidence was missing.
Finding diagnose(const Event& e);

// The rules of a counter or a kind of loss, in the order in which they are tried.
const std::vector<const Rule*>& rules_of(uint8_t counter);

// The counter or the kind of loss of that name, or the kind that has a cause of that name.
std::optional<uint8_t> counter_or_loss(std::string_view name);

// The names of kinds of losses and of their causes, each once, in the order of the kinds.
std::vector<std::string> loss_names();

} // namespace xs
