// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Flows that a policy wants protected, and for which there is no SA.
#include "facts.hpp"
#include "rule.hpp"
#include "selector.hpp"
#include "words.hpp"

namespace xs {
namespace {

// Where the SA leads to: the tunnel's other end, or the packet's own destination.
std::string endpoint(const Event& e, const Template& t) {
  if (t.mode != "transport" && t.dst) return *t.dst;
  return e.packet ? packet_end(e.packet->dst) : "?";
}

std::string template_text(const Template& t) {
  return fmt::format("{} reqid {} mode {}{}", t.proto, t.reqid, t.mode, t.spi ? " " + spi_text(t.spi) : "");
}

How removal(const State& s) {
  return s.removed ? s.removed->how : How::unknown;
}

Judgement without_template(const Event& e) {
  if (!searched(e)) return lacks(kNoMirror);
  return policy_of(e) ? lacks("a template of the policy") : lacks(kNoPolicy);
}

Judgement sa_missing(const Event& e) {
  const Template* t = template_of(e);
  if (!searched(e) || !t) return without_template(e);
  if (e.evidence->match != Match::none || deleted_of(e)) return no();
  return holds(fmt::format("The policy demands {} to {}, and there is no SA at all to there.", template_text(*t),
                           endpoint(e, *t)));
}

std::string gone_text(const State& d, const Event& e, const char* verb) {
  const Hand by = d.removed.value_or(Hand{});
  const std::string hand = hand_text(by);
  return fmt::format("{} {}{}{}{}", upper_first(sa_text(d)), verb, ago_text(by, e.mono_ns), hand.empty() ? "" : " ",
                     hand);
}

// A tombstone with another field than the template's is not what was there to be used: the kernel side looks at that.
Judgement sa_deleted(const Event& e) {
  if (!e.evidence) return lacks(kNoMirror);
  const State* d = deleted_of(e);
  if (!d || removal(*d) == How::timer) return no();
  return holds(fmt::format("{}, and nothing took its place.", gone_text(*d, e, "was deleted")));
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
  const auto limit = limit_reached(s->limits, s->live->used, e.real_ns);
  if (!limit && s->live->km_state != "expired") return no();
  return holds(fmt::format("{} has expired: it reached {}.", upper_first(sa_text(*s)), limit.value_or("a hard limit")));
}

struct Want {
  const char* field; // as `differs` names it
  std::string (*wanted)(const Event&, const Template&, const Policy&);
  std::string (*has)(const State&);
};

// In the order in which they are told.
const Want kWants[] = {
    {"reqid", [](const Event&, const Template& t, const Policy&) { return std::to_string(t.reqid); },
     [](const State& s) { return std::to_string(s.reqid); }},
    {"mode", [](const Event&, const Template& t, const Policy&) { return t.mode; },
     [](const State& s) { return s.mode; }},
    {"mark", [](const Event&, const Template&, const Policy& p) { return mark_text(p.mark); },
     [](const State& s) { return mark_text(s.mark); }},
    {"if_id", [](const Event&, const Template&, const Policy& p) { return fmt::format("{:#x}", p.if_id); },
     [](const State& s) { return fmt::format("{:#x}", s.if_id); }},
    {"spi", [](const Event&, const Template& t, const Policy&) { return fmt::format("{:#010x}", t.spi); },
     [](const State& s) { return fmt::format("{:#010x}", s.spi); }},
    {"saddr", [](const Event&, const Template& t, const Policy&) { return packet_end(t.src); },
     [](const State& s) { return packet_end(s.src); }},
    {"daddr", [](const Event& e, const Template& t, const Policy&) { return endpoint(e, t); },
     [](const State& s) { return packet_end(s.dst); }},
    {"proto", [](const Event&, const Template& t, const Policy&) { return t.proto; },
     [](const State& s) { return s.proto; }},
    {"dir", [](const Event&, const Template&, const Policy&) { return std::string("out"); },
     [](const State& s) { return s.dir.value_or("?"); }}};

// A fitting SA is taken for flows within its selector only.
Judgement outside_selector(const Event& e, const State& s) {
  if (!s.sel || !e.packet) return no();
  const Fitting f = hold_against(*e.packet, *s.sel);
  if (f.fit != Fit::outside) return no();
  return holds(
      fmt::format("{} fits the policy's template, but its selector does not take {}: {} is {}, the selector says "
                  "{}.",
                  upper_first(sa_text(s)), flow_text(*e.packet), f.misfit.field, f.misfit.flow, f.misfit.selector));
}

Judgement template_no_sa(const Event& e) {
  const Template* t = template_of(e);
  const State* s = state_of(e);
  if (!searched(e) || !t) return without_template(e);
  if (!s) return no();
  for (const Want& w : kWants)
    if (differs_in(e, w.field))
      return holds(fmt::format("The policy demands {} to {}; the nearest one is {}, which has {} {} instead of {}.",
                               template_text(*t), endpoint(e, *t), sa_text(*s), w.field, w.has(*s),
                               w.wanted(e, *t, *policy_of(e))));
  return e.evidence->match == Match::exact ? outside_selector(e, *s) : no();
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
     {XfrmOutStateExpired, XfrmOutNoStates},
     "a tombstone made by the lifetime timer, or an SA that is expired or at a hard limit",
     "The SA reached a hard limit before a new one took its place.",
     "Make the key manager rekey earlier: a soft limit well below the hard one, and a peer that answers in time.",
     sa_expired},
    {"template-no-sa",
     {XfrmOutNoStates, XfrmOutPolError},
     "an SA to the destination that differs from the policy's template in some field, or whose selector is too narrow",
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
