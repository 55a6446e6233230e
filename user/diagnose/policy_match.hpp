// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the policy of a packet among those of the mirror, where the compiled kernel does not say which one it was, or
// tells only the first one of two. As the kernel does (xfrm_policy_match, xfrm_policy_lookup). Pure.
#pragma once

#include "../model/event.hpp"

#include <span>
#include <string_view>

namespace xs {

// What a policy is looked up with.
struct Lookup {
  PacketInfo flow;
  std::optional<uint32_t> if_id; // none: not known
};

// Of the event; none: the flow is not known.
std::optional<Lookup> lookup_of(const Event& e);

// What keeps a policy from being taken.
struct PolicyDifference {
  std::string field;        // "mark", "if_id", "sel.family", "sel.src", "sel.dst", "sel.sport", ...
  std::string flow, policy; // the two values
};

struct PolicyComparison {
  std::vector<PolicyDifference> differs;
  std::vector<std::string> unknown; // what is not known of the look-up, and the policy asks for
};

// All but the policy's direction.
PolicyComparison compare(const Lookup& lookup, const Policy& policy);

// True if the policy was there when the event happened, in its netns.
bool was_there(const Policy& policy, const Event& e);

// The policies of a type ("main", "sub") that the kernel may take: the smallest priority of those that surely fit, and
// before it those that may fit.
struct Contenders {
  std::vector<const Policy*> found;
  bool sure = false; // one of them fits
};
Contenders contenders(const Event& e, const Lookup& lookup, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type);

// The one that the kernel takes.
struct OfType {
  bool sure = false; // it is known which one, or that there is none
  std::optional<Policy> policy;
};
OfType winner_of_type(const Event& e, const Lookup& lookup, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type);

// True if the policy of the event is worth looking for: the flow is known, and the policy that failed is not.
bool wants_policy(const Event& e);

// The policy that the event is about; none: none fits, or several may have been it.
std::optional<Policy> match_policy(const Event& e, std::span<const Policy> policies);

} // namespace xs
