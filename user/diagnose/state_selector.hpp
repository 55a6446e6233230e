// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Flows that an SA's own selector does not take: the fields, and the remedy. Pure.
#pragma once

#include "rule.hpp"
#include "selector.hpp"

#include <vector>

namespace xs {

// True if, as the BPF side found, only the selector keeps the SA from being used.
bool differs_in_selector_only(const Event& e);

// The fields in which the flow is outside; a value that is not known is empty. None: inside, or not known.
std::vector<Misfit> selector_misfits(const Event& e, const State& s);

// "dst is 10.0.0.2, the selector says 10.0.0.4/30; dport is 9, the selector says 53"
std::string misfits_text(const std::vector<Misfit>& misfits);
std::string selector_advice(const Event& e, const State& s, const std::vector<Misfit>& misfits);
// `six`: the flow is IPv6.
std::string selector_advice(const State& s, const Misfit& m, bool six);

} // namespace xs
