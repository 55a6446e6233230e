// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads policies from the mirror's map, not for each event of a flood.
#include "known_policies.hpp"

#include "../attach/tracer.hpp"
#include "../collect/maps.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/complete_evidence.hpp"
#include "../diagnose/joined_policies.hpp"
#include "../diagnose/near_policy.hpp"
#include "../diagnose/policy_match.hpp"
#include "../sys/map_row.hpp"

namespace xs {
namespace {

// Where the mirror lacks a policy, nothing can be said of which one the kernel took.
bool lacks_policies(const Tracer& tracer) {
  const uint32_t kind = LOST_POLICIES_FULL;
  uint64_t n = 0;
  return look_up_row(tracer.map_fd("lost"), &kind, &n) || n;
}

std::optional<std::vector<Policy>> read_policies(const Event& e, Tracer& tracer) {
  const int64_t clock_offset = e.real_ns - static_cast<int64_t>(e.mono_ns);
  int error = 0;
  const auto rows = read_rows<uint64_t, policy_kept>(tracer.map_fd("policies"), error);
  if (error || lacks_policies(tracer)) return {};
  std::vector<Policy> out;
  for (const auto& [address, row] : rows) {
    const auto whole = row.templates > TEMPLATES_KEPT ? tracer.read_policy(address) : whole_row(row);
    if (settled(row) && whole) out.push_back(decode_policy(*whole, clock_offset));
  }
  return out;
}

} // namespace

KnownPolicies::Read policies_of(std::optional<Tracer>& tracer) {
  return [&tracer](const Event& e) { return read_policies(e, *tracer); };
}

void KnownPolicies::refresh(const Event& e) {
  const auto began = now_();
  if (!pace_.due(began)) return;
  policies_ = read_(e);
  pace_.done(began, now_());
}

void KnownPolicies::complete(Event& e) {
  if (!wants_policy(e) && !wants_near(e)) return;
  refresh(e);
  if (!policies_) return;
  if (wants_policy(e) && !tell_joined(e, *policies_) && !(e.evidence->policy && e.counter == XfrmInTmplMismatch))
    if (auto found = match_policy(e, *policies_)) {
      if (e.evidence->policy) e.evidence->template_at = e.evidence->secpath_at = {}; // they are another one's
      e.evidence->policy = std::move(found);
      e.evidence->policy->netns = e.netns; // with its name
      tell_template(e);
    }
  if (!wants_near(e)) return;
  e.evidence->policies_known = true;
  e.evidence->near = near_policy(e, *policies_);
  if (e.evidence->near) e.evidence->near->policy.netns = e.netns;
}

} // namespace xs
