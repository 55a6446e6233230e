// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that no policy takes, or nearly takes.
#include "facts.hpp"
#include "flow.hpp"
#include "policy_match.hpp"
#include "policy_words.hpp"
#include "rule.hpp"
#include "secpath.hpp"
#include "words.hpp"

namespace xs {
namespace {

constexpr const char* kNoSecpath = "the SAs that the packet came through";
constexpr const char* kNoPolicies = "the netns' policies";

// The kernel requires a policy for packets from an SA that is not in transport mode. The flow came out of the innermost
// SA, which is the last one.
const SecpathEntry* tunnel_of(const std::vector<SecpathEntry>& secpath) {
  const auto it = std::find_if(secpath.rbegin(), secpath.rend(), [](const auto& s) { return s.mode != "transport"; });
  return it == secpath.rend() ? nullptr : &*it;
}

std::string netns_name(const Event& e, uint32_t inum) {
  const State* s = state_of(e);
  return s && s->netns.inum == inum && s->netns.name ? *s->netns.name : std::to_string(inum);
}

Judgement netns_crossed(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  const auto it = std::ranges::find_if(*secpath, [&](const SecpathEntry& s) { return is_elsewhere(s, e); });
  if (it == secpath->end()) return no();
  return holds(fmt::format("The packet came through the SA {} in netns {} and was then handed to netns {}, where that "
                           "SA counts for nothing and no policy takes it.",
                           entry_text(*it), netns_name(e, *it->netns),
                           e.netns.name.value_or(std::to_string(*e.netns.inum))));
}

bool other_direction(const Event& e) {
  return e.packet_evidence->policy_dir && *e.packet_evidence->policy_dir != e.evidence->near->policy.dir;
}

// As far as is known the policy takes the flow, or others are as near.
Judgement open_question(const Event& e) {
  const auto lookup = lookup_of(e);
  const auto c = lookup ? compare(*lookup, e.evidence->near->policy) : PolicyComparison{};
  if (!c.unknown.empty()) return lacks(c.unknown.front());
  if (!c.differs.empty() || other_direction(e))
    return lacks(fmt::format("which policy was meant: {} is as near as others, each of which something else keeps from "
                             "taking the flow",
                             policy_text(e.evidence->near->policy)));
  return lacks(fmt::format("why {} did not take the flow", policy_text(e.evidence->near->policy)));
}

std::string add_for_sa(const Event& e, const SecpathEntry& sa) {
  const auto dir = e.packet_evidence->policy_dir;
  const PacketInfo* flow = flow_of(e);
  if (!dir || !flow || !flow->src || !flow->dst || secpath_of(e)->size() != 1) return {};
  Policy wanted;
  wanted.dir = *dir;
  wanted.if_id = if_id_of(e).value_or(0);
  wanted.templates.push_back(template_for(sa));
  return fmt::format("Add the {} policy for the flow: {}", *dir, policy_command("add", for_flow(wanted, *flow)));
}

Judgement no_inbound_policy(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  const SecpathEntry* sa = tunnel_of(*secpath);
  if (!sa || policy_of(e)) return no();
  if (!sa->netns || !e.netns.inum) return lacks("the netns of the SA or of the packet");
  if (crossed_netns(e)) return no();
  if (!lookup_of(e)) return lacks("the flow that was looked up");
  if (!e.evidence || !e.evidence->policies_known) return lacks(kNoPolicies);
  if (e.evidence->near) return e.evidence->near->differs.empty() ? open_question(e) : no();
  const std::string if_id = sa->if_id ? fmt::format(" (if_id {:#x})", sa->if_id) : "";
  Judgement out = holds(fmt::format(
      "Out of the {} SA {}{} came {}, which no {} policy takes; nor does one that asks for this SA come near.",
      sa->mode, entry_text(*sa), if_id, looked_up_text(e), direction_of(e)));
  out.advice = add_for_sa(e, *sa);
  return out;
}

Judgement default_block(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (!e.packet_evidence->defaults) return lacks("the netns' default policies");
  const DefaultPolicies& d = *e.packet_evidence->defaults;
  const std::string dir = e.packet_evidence->policy_dir.value_or("");
  const bool in = d.in == "block" && dir != "fwd", fwd = d.fwd == "block" && dir != "in";
  if (tunnel_of(*secpath) || (!in && !fwd)) return no();
  const char* which = !in ? "fwd" : !fwd ? "in" : "in and fwd";
  Judgement out =
      holds(fmt::format("No policy fits {}, and this netns' default for {} is to block.", looked_up_text(e), which));
  out.advice = fmt::format("Add a policy for this flow, or set the default with: ip xfrm policy setdefault{}{}.",
                           in ? " in accept" : "", fwd ? " fwd accept" : "");
  return out;
}

const Rule kRules[] = {
    {"netns-crossed",
     {XfrmInNoPols},
     "the packet came through an SA of another netns",
     "The packet was decrypted in one netns and moved to another one.",
     "Do not let decrypted packets jump between netns (bpf_redirect_peer, ipvlan), or use a kernel that drops the "
     "secpath there.",
     netns_crossed},
    {"no-inbound-policy",
     {XfrmInNoPols},
     "the packet came through an SA in tunnel mode, and no policy comes near to the inner flow",
     "What comes out of a tunnel needs a policy, and there is none.",
     "Add the in (or, for forwarded packets, fwd) policy for the inner flow, with the if_id of its interface if it has "
     "one.",
     no_inbound_policy},
    {"default-block",
     {XfrmInNoPols},
     "no policy fits, and the netns' default for the direction is block",
     "The netns blocks what has no policy.",
     "Add a policy for this flow, or set the default of that direction with: ip xfrm policy setdefault in accept (or "
     "fwd "
     "accept).",
     default_block},
};

} // namespace

std::span<const Rule> missing_policy_rules() {
  return kRules;
}

} // namespace xs
