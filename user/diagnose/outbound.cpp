// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on flows that a policy protects, and for which there is no SA.
#include "facts.hpp"
#include "outbound_template.hpp"
#include "state_selector.hpp"
#include "template_no_sa.hpp"
#include "words.hpp"

namespace xs {
namespace {

How removal(const State& s) {
  return s.removed ? s.removed->how : How::unknown;
}

Judgement sa_missing(const Event& e) {
  const Template* t = failed_template(e);
  if (!searched(e) || !t) return without_template(e);
  if (e.evidence->match != Match::none || deleted_of(e)) return no();
  const std::string to = endpoint(e, *t);
  Judgement out = holds(fmt::format("{}, and there is no SA at all for it.", demand_text(e, *t)));
  out.advice =
      fmt::format("Is the key manager running, and its connection to {} up (swanctl --list-sas)? Which SAs there "
                  "are tells: ip xfrm state list dst {}.",
                  to, to);
  return out;
}

std::string gone_text(const State& d, const Event& e, const char* verb) {
  return fmt::format("{} {}{}", upper_first(sa_text(d)), verb, removal_text(d, e.mono_ns));
}

// The BPF side only adds a tombstone that met the template in all fields.
Judgement sa_deleted(const Event& e) {
  if (!e.evidence) return lacks(kNoMirror);
  const State* d = deleted_of(e);
  if (!d || removal(*d) == How::timer) return no();
  Judgement out = holds(fmt::format("{}, and nothing took its place.", gone_text(*d, e, "was deleted")));
  if (d->removed && d->removed->by)
    out.advice = fmt::format("Look at why {}[{}] deleted the SA and left the policy; restart the connection.",
                             d->removed->by->comm, d->removed->by->pid);
  return out;
}

Judgement expired_tombstone(const Event& e) {
  if (!e.evidence) return lacks(kNoMirror);
  const State* d = deleted_of(e);
  if (!d || removal(*d) != How::timer) return no();
  const auto limit =
      d->live ? limit_reached(d->limits, d->live->used, d->removed->real_ns.value_or(e.real_ns)) : std::nullopt;
  return holds(fmt::format("{}: it reached {}, and nothing took its place.", gone_text(*d, e, "was ended"),
                           limit.value_or("a hard limit")));
}

Judgement sa_expired(const Event& e) {
  if (e.counter == XfrmOutNoStates) return expired_tombstone(e);
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (const State* d = tombstone_of_dead(e)) return removal(*d) == How::timer ? holds(ended_text(*d, e)) : no();
  const auto limit = limit_reached(s->limits, s->live->used, e.real_ns);
  const bool expired = s->live->km_state == "expired";
  if (!expired && (!limit || e.counter == XfrmOutStateInvalid)) return no(); // a dead SA may have reached a limit, too
  return holds(fmt::format("{} has expired: it reached {}.", upper_first(sa_text(*s)), limit.value_or("a hard limit")));
}

// A fitting SA is used only for flows within its selector.
Judgement selector_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!searched(e)) return lacks(kNoMirror);
  if (!s || (e.evidence->match != Match::exact && !differs_in_selector_only(e))) return no();
  if (!s->live && e.evidence->match == Match::exact) return lacks(kNoLive);
  if (s->live && s->live->km_state == "acq") return no(); // its selector is the flow that it was made for
  const PacketInfo* flow = flow_of(e);
  if (!flow) return lacks("the flow that was looked up");
  const auto misfits = selector_misfits(e, *s);
  if (misfits.empty())
    return differs_in_selector_only(e) ? lacks("which part of the SA's selector the flow is outside of") : no();
  Judgement out = holds(fmt::format("{} fits the policy's template, but its selector does not take {}: {}.",
                                    upper_first(sa_text(*s)), flow_text(*flow), misfits_text(misfits)));
  out.advice = selector_advice(e, *s, misfits);
  return out;
}

Judgement acquire_pending(const Event& e) {
  const State* s = state_of(e);
  if (!searched(e)) return lacks(kNoMirror);
  if (!s) return no();
  if (!s->live) return lacks(kNoLive);
  if (s->live->km_state != "acq") return no();
  return holds(fmt::format("The kernel has asked the key manager for an SA to {}{}, and it has not answered yet.",
                           packet_end(s->dst), ago_text(s->added, e.mono_ns)));
}

const Rule kRules[] = {
    {"sa-missing",
     {XfrmOutNoStates},
     "the policy has a template, and there is neither an SA nor a tombstone of one to its destination",
     "Nobody has installed the SA that the policy demands.",
     "Is the key manager running, and is the connection up? (swanctl --list-sas, ip xfrm state)",
     sa_missing},
    {"sa-deleted",
     {XfrmOutNoStates},
     "a tombstone of an SA that would have fitted the template, not made by the lifetime timer",
     "The SA was there, and somebody deleted it.",
     "Look at why that process deleted the SA and left the policy; restart the connection.",
     sa_deleted},
    {"sa-expired",
     {XfrmOutStateExpired, XfrmOutStateInvalid, XfrmOutNoStates},
     "a tombstone made by the lifetime timer, or an SA that is expired or at a hard limit",
     "The SA reached a hard limit before a new one took its place.",
     "Make the key manager rekey earlier: a soft limit well below the hard one, and a peer that answers in time.",
     sa_expired},
    {"selector-mismatch",
     {XfrmOutNoStates, XfrmOutPolError},
     "an SA that fits the policy's template, whose own selector does not take the flow: family, device, addresses, "
     "ports",
     "The SA is there, but its selector does not take this flow.",
     "Install the SA with flag af-unspec (a flow of the other family), or with a selector that takes the flow.",
     selector_mismatch},
    {"template-no-sa",
     {XfrmOutNoStates, XfrmOutPolError},
     "an SA to the destination that differs from the policy's template in some field",
     "There is an SA, but not the one that the policy demands.",
     "Make SA and policy agree in that field; two key managers, or stale policies of an earlier connection?",
     template_no_sa},
    {"acquire-pending",
     {XfrmOutNoStates},
     "a larval SA (state acq) for the template",
     "The key manager has been asked and has not answered.",
     "See why the negotiation does not finish: the key manager's log, and whether IKE (UDP 500, 4500) reaches the "
     "peer.",
     acquire_pending},
};

} // namespace

std::span<const Rule> outbound_rules() {
  return kRules;
}

} // namespace xs
