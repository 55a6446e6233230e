// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds flows against selectors as the kernel does (xfrm_selector_match). Pure.
#pragma once

#include "../model/event.hpp"

#include <string>

namespace xs {

struct Misfit {
  std::string field;          // "dst", "src", "dport", "sport", "proto", "dev"
  std::string flow, selector; // the two values
};

enum class Fit : uint8_t { inside, outside, unknown };

struct Fitting {
  Fit fit = Fit::unknown;
  Misfit misfit; // outside: the first field that differs
};

// `unknown`: the packet does not tell what the selector asks for.
Fitting hold_against(const PacketInfo& packet, const Selector& selector);

// True if the address lies in the prefix; both as text.
std::optional<bool> in_prefix(const std::string& address, const std::string& prefix, uint8_t bits);

} // namespace xs
