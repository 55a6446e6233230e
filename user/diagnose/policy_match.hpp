// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the policy of a packet in the mirror, as the kernel does (xfrm_policy_match, xfrm_policy_lookup), if the
// compiled code no longer has it, or only the first one of two. Pure.
#pragma once

#include "../model/event.hpp"

#include <span>
#include <string_view>

namespace xs {

// The arguments of a policy lookup.
struct Lookup {
  PacketInfo flow;
  std::optional<uint32_t> if_id; // none: not known
};

// The lookup of the event; none: the flow is not known.
std::optional<Lookup> lookup_of(const Event& e);

// A field that keeps a policy from being taken.
struct PolicyDifference {
  std::string field;        // "mark", "if_id", "sel.family", "sel.src", "sel.dst", "sel.sport", ...
  std::string flow, policy; // the two values
};

struct PolicyComparison {
  std::vector<PolicyDifference> differs;
  std::vector<std::string> unknown; // fields that the policy asks for and that the lookup does not know
};

// Compares everything but the direction.
PolicyComparison compare(const Lookup& lookup, const Policy& policy);

// True if the policy existed in the netns of the event at that time.
bool was_there(const Policy& policy, const Event& e);

// The policies of a type ("main", "sub") that the kernel may take: those of the smallest priority that certainly fit,
// and those before them that may fit.
struct Contenders {
  std::vector<const Policy*> found;
  bool sure = false; // one of them fits
};
Contenders contenders(const Event& e, const Lookup& lookup, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type);

// The one that the kernel takes.
struct OfType {
  bool sure = false; // it is certain which one, or that there is none
  std::optional<Policy> policy;
};
OfType winner_of_type(const Event& e, const Lookup& lookup, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type);

// True if the policy of the event is worth looking for: the flow is known, and the policy that failed is not.
bool wants_policy(const Event& e);

// The policy of the event; none: none fits, or several may be the one.
std::optional<Policy> match_policy(const Event& e, std::span<const Policy> policies);

} // namespace xs
