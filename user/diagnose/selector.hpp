// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares flows with selectors as the kernel does (xfrm_selector_match). Pure.
#pragma once

#include "../model/event.hpp"

#include <string>
#include <vector>

namespace xs {

// LOOPBACK_IFINDEX: lo in every netns, the output device of flows that end here.
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

// The same for all fields.
struct SelectorComparison {
  std::vector<Misfit> outside;
  std::vector<std::string> unknown; // fields that are not known of the flow
};

// Fitting::unknown: a field that the selector asks for is not known of the flow. Families are not compared, since the
// caller knows whether the kernel does so. Nor is the selector's user, which the kernel ignores.
Fitting hold_against(const PacketInfo& flow, const Selector& selector);
// The same for the event's flow (flow_of).
Fitting hold_against(const Event& event, const Selector& selector);

SelectorComparison compare(const PacketInfo& flow, const Selector& selector);

// True if the address is in the prefix; both as text.
std::optional<bool> in_prefix(const std::string& address, const std::string& prefix, uint8_t bits);

// The common leading bits of two addresses; 0: of different families, or no addresses.
unsigned common_bits(const std::optional<std::string>& a, const std::optional<std::string>& b);

} // namespace xs
