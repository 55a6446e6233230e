// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads policies from the mirror's map, at a limited pace, and completes events by them.
#include "known_policies.hpp"

#include "../attach/tracer.hpp"
#include "../collect/maps.hpp"
#include "../collect/settled.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/complete_evidence.hpp"
#include "../diagnose/joined_policies.hpp"
#include "../diagnose/near_policy.hpp"
#include "../diagnose/out_policy.hpp"
#include "../diagnose/policy_match.hpp"
#include "../sys/map_row.hpp"

namespace xs {
namespace {

PolicyMap policy_map(Tracer& tracer) {
  return {.rows = [&tracer](int& error) { return read_rows<uint64_t, policy_kept>(tracer.map_fd("policies"), error); },
          .look_up = [&tracer](uint64_t address,
                               policy_kept& row) { return look_up_row(tracer.map_fd("policies"), &address, &row); },
          .no_room = [&tracer]() -> std::optional<uint64_t> {
            const uint32_t kind = LOST_POLICIES_FULL;
            uint64_t n = 0;
            if (look_up_row(tracer.map_fd("lost"), &kind, &n)) return {};
            return n;
          },
          .read = [&tracer](uint64_t address) { return tracer.read_policy(address); }};
}

} // namespace

// Checks last for policies that had no room: one may have been added during the reading. If a row cannot be read
// consistently, or exists but is refused, it may be the wanted policy: then nothing is known.
std::optional<std::vector<Policy>> read_policies(const PolicyMap& map, int64_t clock_offset) {
  int error = 0;
  const auto rows = map.rows(error);
  if (error || map.no_room() != 0u) return {};
  std::vector<Policy> out;
  for (const auto& [address, found] : rows) {
    policy_kept row = found;
    const auto look_up = [&, &at = address](policy_kept& into) { return map.look_up(at, into); };
    const Settled read = settled(found) ? Settled::whole : read_settled(look_up, row);
    if (read == Settled::gone) continue;
    if (read != Settled::whole) return {};
    const auto whole = row.templates > TEMPLATES_KEPT ? map.read(address) : whole_row(row);
    if (whole)
      out.push_back(decode_policy(*whole, clock_offset));
    else if (read_settled(look_up, row) != Settled::gone)
      return {};
  }
  return out;
}

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer) {
  return [&tracer](const Event& e) {
    return read_policies(policy_map(*tracer), e.real_ns - static_cast<int64_t>(e.mono_ns));
  };
}

void KnownPolicies::complete(Event& e) {
  if (wants_out_policy(e)) {
    if (const auto& policies = policies_.list_for(e)) tell_out_policy(e, *policies);
    return;
  }
  if (!wants_policy(e) && !wants_near(e)) return;
  const auto& policies = policies_.list_for(e);
  if (!policies) return;
  if (wants_policy(e) && !tell_joined(e, *policies) && !(e.evidence->policy && e.counter == XfrmInTmplMismatch))
    if (auto found = match_policy(e, *policies)) {
      if (e.evidence->policy) e.evidence->template_at = e.evidence->secpath_at = {}; // they belong to another policy
      e.evidence->policy = std::move(found);
      e.evidence->policy->netns = e.netns; // with its name
      tell_template(e);
    }
  if (!wants_near(e)) return;
  e.evidence->policies_known = true;
  e.evidence->near = near_policy(e, *policies);
  if (e.evidence->near) e.evidence->near->policy.netns = e.netns;
}

} // namespace xs
