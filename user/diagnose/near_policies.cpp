// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that their intended policy does not take.
#include "facts.hpp"
#include "flow.hpp"
#include "policy_match.hpp"
#include "policy_words.hpp"
#include "rule.hpp"
#include "secpath.hpp"
#include "words.hpp"

namespace xs {
namespace {

// The near policy, in the direction that was looked up or in the other one.
const NearPolicy* near_of(const Event& e) {
  if (!e.evidence || !e.evidence->near || crossed_netns(e)) return nullptr;
  const NearPolicy& near = *e.evidence->near;
  return near.differs.empty() || near.policy.dir == "out" ? nullptr : &near;
}

bool differs(const NearPolicy& near, std::string_view field) {
  return std::ranges::find(near.differs, field) != near.differs.end();
}

bool differs_in_selector(const NearPolicy& near) {
  return std::ranges::any_of(near.differs, [](const std::string& f) { return f.starts_with("sel."); });
}

// The last SA of the secpath, which decides the packet's if_id.
const SecpathEntry* last_sa(const Event& e) {
  const auto* secpath = secpath_of(e);
  return secpath && !secpath->empty() ? &secpath->back() : nullptr;
}

bool on_vti(const Event& e) {
  return e.packet_evidence && e.packet_evidence->link &&
         (e.packet_evidence->link->kind == "vti" || e.packet_evidence->link->kind == "vti6");
}

std::string device_of(const Event& e) {
  return e.packet_evidence->link->name.value_or("VTI");
}

// "wants mark 0x9/0xff, and the flow has 0x0"
std::string clause(const PolicyDifference& d, const Event& e) {
  if (d.field == "if_id") return fmt::format("wants if_id {}, and policies were looked up with {}", d.policy, d.flow);
  const bool ikey = d.field == "mark" && on_vti(e);
  const bool port = d.field == "sel.sport" || d.field == "sel.dport";
  const std::string has = port && without_ports(*flow_of(e)) ? "none" : d.flow;
  return fmt::format("wants {} {}, and the flow has {}{}", d.field.substr(d.field.find('.') + 1), d.policy, has,
                     ikey ? fmt::format(", which is the ikey of {}", device_of(e)) : "");
}

std::string clauses(const NearPolicy& near, const Event& e) {
  std::string out;
  const auto add = [&](const std::string& one) { out += (out.empty() ? " " : "; it ") + one; };
  if (differs(near, "dir")) add(fmt::format("is for direction {} only", near.policy.dir));
  const auto lookup = lookup_of(e);
  if (!lookup) return out;
  for (const PolicyDifference& d : compare(*lookup, near.policy).differs)
    if (differs(near, d.field)) add(clause(d, e));
  return out;
}

std::string came_text(const Event& e) {
  const SecpathEntry* sa = last_sa(e);
  const std::string flow = looked_up_subject(e);
  return sa ? fmt::format("{} came through the {} SA {}", flow, sa->mode, entry_text(*sa)) : flow + " came";
}

std::string near_why(const NearPolicy& near, const Event& e) {
  const std::string name = policy_text(near.policy), but = clauses(near, e);
  if (e.counter == XfrmInNoPols)
    return fmt::format("{}, and no {} policy takes it. The nearest one, {},{}.", came_text(e), direction_of(e, &near),
                       name, but);
  const Policy* taken = policy_of(e);
  return fmt::format("{}, which {} asks for, but that{}. {} took it instead.", came_text(e), name, but,
                     upper_first(taken ? policy_text(*taken) : "another policy"));
}

std::string other_differences(const NearPolicy& near) {
  return near.differs.size() > 1 ? " Mind what else differs." : "";
}

// It is not always known whether the packets come in through a VTI.
std::string mark_advice(const NearPolicy& near, const Event& e) {
  const Mark& m = near.policy.mark;
  if (on_vti(e))
    return fmt::format("Give the VTI the ikey that the policy wants as mark: ip link set dev {} type {} ikey {}.{}",
                       device_of(e), e.packet_evidence->link->kind, m.value, other_differences(near));
  const SecpathEntry* sa = last_sa(e);
  return fmt::format(
      "Have these packets marked {} before the policy check: by the SA {} with output-mark {:#x} mask "
      "{:#x}, by nftables in prerouting, or, where a VTI takes them in, by its ikey (ip link set dev VTI "
      "type vti ikey {}); or give the policy the mark that they have.{}",
      mark_text(m), sa ? entry_text(*sa) : "that they come through", m.value, m.mask, m.value, other_differences(near));
}

Judgement policy_mark_mismatch(const Event& e) {
  const NearPolicy* near = near_of(e);
  if (!near || !differs(*near, "mark") || differs_in_selector(*near)) return no();
  Judgement out = holds(near_why(*near, e));
  out.advice = mark_advice(*near, e);
  return out;
}

// The same policy in the direction that was looked up.
Policy turned(const NearPolicy& near, const Event& e) {
  Policy out = near.policy;
  out.dir = direction_of(e, &near);
  return out;
}

// The change of the policy to fit the lookup: `looked_up` is the if_id of the inbound device, 0: no xfrm interface. A
// policy without an if_id accepts SAs with any.
std::string policy_side(const NearPolicy& near, const Event& e, uint32_t looked_up) {
  Policy mended = turned(near, e);
  mended.if_id = looked_up;
  const std::string command = policy_command("add", mended);
  if (!looked_up) return fmt::format("Or, if no xfrm interface is meant, add the policy without if_id: {}.", command);
  const SecpathEntry* sa = last_sa(e);
  const std::string besides = sa && sa->if_id != looked_up ? " and give the SA that if_id, too" : "";
  return fmt::format("Or, if the interface that they come in by is right, add the policy with its if_id {}: {}{}.",
                     looked_up, command, besides);
}

// The change of the interface, or of the SA.
std::string interface_side(const NearPolicy& near, const Event& e) {
  const uint32_t wanted = near.policy.if_id;
  const SecpathEntry* sa = last_sa(e);
  const std::string name = sa ? entry_text(*sa) : "of the packet";
  if (sa && sa->if_id == wanted)
    return fmt::format("The SA {0} has if_id {1}, but its packets came in by no xfrm interface with it: make one, or "
                       "set it up (ip link add ipsec{1} type xfrm if_id {1}; ip link set dev ipsec{1} up).",
                       name, wanted);
  return fmt::format("Give the SA {} if_id {} (by its key manager, or ip xfrm state add ... if_id {}), so that its "
                     "packets come in by the xfrm interface with it.",
                     name, wanted, wanted);
}

// True if interface and SA agree; an interface for all SAs uses that of the SA.
bool policy_alone(const Event& e, uint32_t looked_up) {
  const SecpathEntry* sa = last_sa(e);
  return looked_up && sa && sa->if_id == looked_up && e.packet_evidence->link &&
         e.packet_evidence->link->if_id == looked_up;
}

std::string policy_alone_advice(const NearPolicy& near, const Event& e, uint32_t looked_up) {
  Policy wrong = turned(near, e), mended = wrong;
  mended.if_id = looked_up;
  wrong.templates.clear();
  return fmt::format(
      "The SA {} and the interface agree on if_id {}: give the policy it, too ({}; then {}), or, if {} is "
      "meant, both of them that.",
      entry_text(*last_sa(e)), looked_up, policy_command("add", mended), policy_command("delete", wrong),
      near.policy.if_id);
}

std::string if_id_advice(const NearPolicy& near, const Event& e, uint32_t looked_up) {
  if (near.policy.if_id && policy_alone(e, looked_up)) return policy_alone_advice(near, e, looked_up);
  if (near.policy.if_id) return interface_side(near, e) + " " + policy_side(near, e, looked_up);
  const SecpathEntry* sa = last_sa(e);
  Policy mended = turned(near, e);
  mended.if_id = looked_up;
  return fmt::format(
      "Give the policy the if_id of the interface and the SA, {} ({}), or take it from the SA {}, so that "
      "its packets come in by no xfrm interface.",
      looked_up, policy_command("add", mended), sa ? entry_text(*sa) : "of the packet");
}

Judgement policy_if_id_mismatch(const Event& e) {
  const NearPolicy* near = near_of(e);
  const auto if_id = if_id_of(e);
  if (!near || !if_id || !differs(*near, "if_id") || differs_in_selector(*near) || differs(*near, "mark")) return no();
  const SecpathEntry* sa = last_sa(e);
  const std::string has =
      sa ? fmt::format(" The SA has {}.", sa->if_id ? fmt::format("if_id {:#x}", sa->if_id) : std::string("no if_id"))
         : "";
  Judgement out = holds(near_why(*near, e) + has);
  out.advice = if_id_advice(*near, e, *if_id) + other_differences(*near);
  return out;
}

// The policy with the mark and if_id of the lookup, without which it would not be taken either.
Policy for_what_came(const NearPolicy& near, const Event& e) {
  Policy out = for_flow(turned(near, e), *flow_of(e));
  if (differs(near, "mark")) out.mark = {};
  if (differs(near, "if_id")) out.if_id = if_id_of(e).value_or(0);
  return out;
}

Judgement missing_direction(const Event& e, std::string_view dir) {
  const NearPolicy* near = near_of(e);
  if (!near || near->differs != std::vector<std::string>{"dir"} || direction_of(e, near) != dir) return no();
  Judgement out = holds(near_why(*near, e));
  out.advice = fmt::format("Add that policy for direction {}, too: {}", dir, policy_command("add", turned(*near, e)));
  return out;
}

Judgement no_fwd_policy(const Event& e) {
  return missing_direction(e, "fwd");
}

Judgement no_in_policy(const Event& e) {
  return missing_direction(e, "in");
}

Judgement policy_selector_mismatch(const Event& e) {
  const NearPolicy* near = near_of(e);
  if (!near || !differs_in_selector(*near) || !flow_of(e)) return no();
  Judgement out = holds(near_why(*near, e));
  out.advice =
      "Make the traffic selectors of both peers the same, widen the policy's selector, or add one for this flow";
  const std::string dir = direction_of(e, near);
  out.advice += dir == "in" || dir == "fwd" ? ": " + policy_command("add", for_what_came(*near, e)) : ".";
  return out;
}

const Rule kRules[] = {
    {"policy-mark-mismatch",
     {XfrmInNoPols, XfrmInTmplMismatch},
     "a policy asks for the SAs that the packet came through and takes the flow, but for the mark",
     "The policy that was meant is there for packets with another mark.",
     "Have the packets marked as the policy wants it: by the SA's output-mark, nftables, or the ikey of a VTI.",
     policy_mark_mismatch},
    {"policy-if-id-mismatch",
     {XfrmInNoPols, XfrmInTmplMismatch},
     "a policy asks for the SAs that the packet came through and takes the flow, but for the if_id",
     "The policy that was meant is there for another xfrm interface.",
     "Give the SA, the interface and the policies the same if_id.",
     policy_if_id_mismatch},
    {"policy-selector-mismatch",
     {XfrmInNoPols},
     "a policy asks for the SAs that the packet came through, but its selector does not take the flow",
     "The policy for this SA is for other flows.",
     "Make the traffic selectors of both peers the same, or widen the policy's selector.",
     policy_selector_mismatch},
    {"no-fwd-policy",
     {XfrmInNoPols},
     "the in policy takes the flow, the packet is forwarded",
     "What is forwarded needs a fwd policy, and there is an in policy only.",
     "Add that policy for direction fwd, too.",
     no_fwd_policy},
    {"no-in-policy",
     {XfrmInNoPols},
     "the fwd policy takes the flow, the packet is for this host",
     "What this host receives needs an in policy, and there is a fwd policy only.",
     "Add that policy for direction in, too.",
     no_in_policy},
};

} // namespace

std::span<const Rule> near_policy_rules() {
  return kRules;
}

} // namespace xs
