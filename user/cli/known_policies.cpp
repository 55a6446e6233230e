// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads policies from the mirror's map, not for each event of a flood.
#include "known_policies.hpp"

#include "../collect/maps.hpp"
#include "../decode/mirror.hpp"
#include "../diagnose/policy_match.hpp"

namespace xs {
namespace {

using namespace std::chrono_literals;

std::vector<Policy> read_policies(const Event& e, Tracer& tracer) {
  const int64_t clock_offset = e.real_ns - static_cast<int64_t>(e.mono_ns);
  std::vector<Policy> out;
  for (const auto& [address, row] : read_rows<uint64_t, policy_kept>(tracer.map_fd("policies"))) {
    const auto whole = row.templates > TEMPLATES_KEPT ? tracer.read_policy(address) : whole_row(row);
    if (settled(row) && whole) out.push_back(decode_policy(*whole, clock_offset));
  }
  return out;
}

} // namespace

std::optional<Policy> KnownPolicies::of(const Event& e, Tracer& tracer) {
  for (const auto age : {200ms, 20ms}) { // where what was read before does not do, a newer list may
    if (Clock::now() - read_ >= age) {
      policies_ = read_policies(e, tracer);
      read_ = Clock::now();
    }
    if (auto found = match_policy(e, policies_)) return found;
  }
  return {};
}

} // namespace xs
