// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Holds flows against selectors as the kernel does (xfrm_selector_match). Pure.
#pragma once

#include "../model/event.hpp"

#include <string>
#include <vector>

namespace xs {

// LOOPBACK_IFINDEX: that of lo in every netns, by which the kernel takes flows that end here to go.
constexpr uint32_t kLoopback = 1;

struct Misfit {
  std::string field;          // "dst", "src", "dport", "sport", "proto", "dev"
  std::string flow, selector; // the two values
};

enum class Fit : uint8_t { inside, outside, unknown };

struct Fitting {
  Fit fit = Fit::unknown;
  Misfit misfit; // outside: the first field that differs
};

// The same, of all fields.
struct SelectorComparison {
  std::vector<Misfit> outside;
  std::vector<std::string> unknown; // fields that the flow does not tell
};

// `unknown`: the flow does not tell what the selector asks for. The families are not compared: the caller knows
// whether the kernel does so. Nor is the selector's user (the kernel ignores it).
Fitting hold_against(const PacketInfo& flow, const Selector& selector);
// Of the event's flow as it was looked up (flow_of).
Fitting hold_against(const Event& event, const Selector& selector);

SelectorComparison compare(const PacketInfo& flow, const Selector& selector);

// True if the address lies in the prefix; both as text.
std::optional<bool> in_prefix(const std::string& address, const std::string& prefix, uint8_t bits);

// How many leading bits two addresses of one family have in common; 0: of two families, or no addresses.
unsigned common_bits(const std::optional<std::string>& a, const std::optional<std::string>& b);

} // namespace xs
