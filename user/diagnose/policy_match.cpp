// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks policies up.
#include "policy_match.hpp"
#include "facts.hpp"
#include "selector.hpp"

#include "../model/records.hpp"

#include <tuple>

namespace xs {
namespace {

bool blocked(const Event& e) {
  return e.counter == XfrmInPolBlock || e.counter == XfrmOutPolBlock;
}

bool fits(const Policy& p, const Event& e) {
  if (blocked(e) && p.action != "block") return false;
  const bool marked = !p.mark.mask || (e.packet->mark && (*e.packet->mark & p.mark.mask) == p.mark.value);
  return !p.socket && p.netns.inum == e.netns.inum && marked && hold_against(*e.packet, p.sel).fit == Fit::inside;
}

const Policy* best(const Event& e, std::span<const Policy> policies, std::string_view dir) {
  const Policy* out = nullptr;
  for (const Policy& p : policies) {
    if (p.dir != dir || !fits(p, e)) continue;
    if (!out || std::tie(p.priority, p.index) < std::tie(out->priority, out->index)) out = &p;
  }
  return out;
}

bool same(const Template& a, const Template& b) {
  return a.src == b.src && a.dst == b.dst && a.proto == b.proto && a.spi == b.spi && a.reqid == b.reqid &&
         a.mode == b.mode && a.optional == b.optional;
}

} // namespace

bool wants_policy(const Event& e) {
  if (e.repeats || !e.packet || !e.netns.inum || !e.evidence) return false;
  const Policy* p = policy_of(e);
  if (p) return blocked(e) && p->action != "block";
  return blocked(e) || e.counter == XfrmInTmplMismatch || e.counter == XfrmOutBundleGenError;
}

std::optional<Policy> match_policy(const Event& e, std::span<const Policy> policies) {
  if (counter_way(e.counter) == Way::out) {
    const Policy* out = best(e, policies, "out");
    return out ? std::optional(*out) : std::nullopt;
  }
  const Policy* in = best(e, policies, "in");
  const Policy* fwd = best(e, policies, "fwd");
  if (in && fwd && !std::ranges::equal(in->templates, fwd->templates, same)) return {};
  const Policy* found = in ? in : fwd;
  return found ? std::optional(*found) : std::nullopt;
}

} // namespace xs
