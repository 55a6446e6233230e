// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the cause of an event, by tables of rules that are tried in order. Pure.
#pragma once

#include "../model/finding.hpp"
#include "rule.hpp"

#include <optional>
#include <string_view>

namespace xs {

// The cause of the first rule whose evidence holds. If none holds it is "unknown", with the counter's meaning and the
// evidence that was missing.
Finding diagnose(const Event& e);

// The rules of a counter or a kind of loss, in the order in which they are tried.
const std::vector<const Rule*>& rules_of(uint8_t counter);

// The counter or kind of loss with that name, or the kind of loss that has a cause with that name.
std::optional<uint8_t> counter_or_loss(std::string_view name);

// The names of kinds of losses and of their causes, each once, ordered by kind.
std::vector<std::string> loss_names();

} // namespace xs
