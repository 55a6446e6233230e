// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that an xfrm interface or a VTI refuses.
#include "flow.hpp"
#include "loss_words.hpp"
#include "out_policy.hpp"
#include "policy_match.hpp"
#include "policy_words.hpp"
#include "words.hpp"

namespace xs {
namespace {

constexpr const char* kNoPolicies = "the netns' policies";

const Link* link_of(const Event& e) {
  return e.packet_evidence && e.packet_evidence->link ? &*e.packet_evidence->link : nullptr;
}

// "if_id 0x7", "key 0x2a"; empty: not known.
std::string key_text(const Event& e) {
  if (into_vti(e)) return e.packet_evidence->ikey ? fmt::format("key {:#x}", *e.packet_evidence->ikey) : "";
  const auto if_id = link_of(e)->if_id;
  return if_id ? fmt::format("if_id {:#x}", *if_id) : "";
}

// "10.1.0.1 -> 10.2.0.1 icmp was sent into the xfrm interface ipsec0 (if_id 0x7)"
std::string sent_text(const Event& e) {
  const std::string key = key_text(e);
  return fmt::format("{} was sent into the {} {}{}", looked_up_subject(e), into_vti(e) ? "VTI" : "xfrm interface",
                     device_word(e), key.empty() ? "" : fmt::format(" ({})", key));
}

bool of_interface(const State& s, const Event& e) {
  return s.if_id && !into_vti(e) && link_of(e)->if_id == s.if_id;
}

// The SA that has the if_id, or had it last.
std::string owner_text(const Event& e) {
  const State *s = state_of(e), *d = deleted_of(e);
  if (s && of_interface(*s, e)) return fmt::format(" {} has that if_id.", upper_first(sa_text(*s)));
  if (!d || !of_interface(*d, e)) return {};
  return fmt::format(" {} had that if_id, and was deleted{}.", upper_first(sa_text(*d)), removal_text(*d, e.mono_ns));
}

std::string with_key(const Event& e) {
  if (into_vti(e)) return e.packet_evidence->ikey ? " with that mark" : "";
  return link_of(e)->if_id ? " with that if_id" : "";
}

// The policy that would lead the flow to the SA.
Policy for_state(const Event& e, const State& s) {
  Policy out;
  out.dir = "out";
  out.if_id = s.if_id;
  out.templates.push_back(template_for(s));
  return for_flow(std::move(out), *flow_of(e));
}

std::string key_advice(const Event& e, const NearPolicy& near) {
  Policy mended = near.policy;
  if (into_vti(e)) {
    mended.mark = {e.packet_evidence->ikey.value_or(0), ~0u};
    return fmt::format(
        "Make the key of {0} and the policy's mark {1} agree: ip link set dev {0} type {2} key {3}, or {4}",
        device_word(e), mark_text(near.policy.mark), link_of(e)->kind, near.policy.mark.value,
        policy_command("add", mended));
  }
  mended.if_id = link_of(e)->if_id.value_or(0);
  return fmt::format(
      "Make interface, policy and SA agree: make {} with if_id {:#x}, or give the SA the interface's, and "
      "the policy, too: {}",
      device_word(e), near.policy.if_id, policy_command("add", mended));
}

bool only_key_differs(const NearPolicy& near) {
  return !near.differs.empty() && std::ranges::all_of(near.differs, [](const std::string& field) {
    return field == "if_id" || field == "mark";
  });
}

std::string advice(const Event& e) {
  const auto& near = e.evidence->near;
  const State* s = state_of(e);
  if (near && only_key_differs(*near) && !key_text(e).empty()) return key_advice(e, *near);
  if (near && !near->differs.empty())
    return "Widen that policy's selector on both peers, add one for this flow, or do not route it into the interface.";
  if (s && of_interface(*s, e) && (!s->dir || *s->dir == "out") && flow_of(e)->src && flow_of(e)->dst)
    return fmt::format("Add the policy for the flow: {}", policy_command("add", for_state(e, *s)));
  const std::string key = key_text(e);
  return fmt::format("Is the connection up (swanctl --list-sas), and has it {}? Its policies and SAs must have it.",
                     key.empty() ? "the interface's if_id or key"
                                 : key + (into_vti(e) ? " (mark_out)" : " (if_id_out)"));
}

// Policies are looked up in the netns that the interface was made in, usually its present one.
std::string if_moved(const NearPolicy& near) {
  return fmt::format("which netns the interface was made in: {} of netns {} would take the packet",
                     policy_text(near.policy),
                     near.policy.netns.name.value_or(std::to_string(near.policy.netns.inum.value_or(0))));
}

// Why it is not known which policy took the packet.
Judgement open_question(const Event& e, const NearPolicy& near) {
  if (into_vti(e) && !e.packet_evidence->ikey)
    return lacks(
        fmt::format("the VTI's key, which is the mark of its policies: {} may be it", policy_text(near.policy)));
  const auto lookup = lookup_of(e);
  const auto unknown = compare(*lookup, near.policy).unknown;
  return lacks(unknown.empty() ? fmt::format("whether {} took the packet", policy_text(near.policy)) : unknown.front());
}

bool is_elsewhere(const NearPolicy& near) {
  return !near.differs.empty() && near.differs.front() == "netns";
}

Judgement interface_no_policy(const Event& e) {
  if (!link_of(e)) return lacks("what kind of interface the packet was sent into");
  if (!e.evidence || !e.evidence->policies_known) return lacks(kNoPolicies);
  if (!lookup_of(e)) return lacks("the flow that was looked up");
  if (const Policy* p = policy_of(e)) {
    if (demands_ipsec(*p)) return no();
    Judgement out =
        holds(fmt::format("{}. {} takes it, and leads to no SA.", sent_text(e), upper_first(policy_text(*p))));
    out.advice = "Give that policy a template for the SA, or add one for the flow that comes before it.";
    return out;
  }
  const auto& near = e.evidence->near;
  if (near && near->differs.empty()) return open_question(e, *near);
  const bool elsewhere = near && is_elsewhere(*near);
  Judgement out =
      holds(fmt::format("{}, and no out policy{}{} takes it.{}{}", sent_text(e), with_key(e),
                        elsewhere ? " of this netns" : "", elsewhere ? "" : near_out_text(e), owner_text(e)));
  if (elsewhere) out.missing.push_back(if_moved(*near));
  out.advice = advice(e);
  return out;
}

// The policy exists, and the lookup of its SA did not fail, which would have been counted.
Judgement interface_loop(const Event& e) {
  const Policy* p = policy_of(e);
  const State* s = state_of(e);
  if (!link_of(e) || !p || !demands_ipsec(*p)) return no();
  if (!s) return lacks(fmt::format("the SA that {} leads to", policy_text(*p)));
  if (into_vti(e))
    return lacks(
        "whether the VTI has the SA's addresses as its own (local, remote), or the route to the peer leads into "
        "it");
  const std::string dev = device_word(e), peer = packet_end(s->dst);
  Judgement out = holds(fmt::format("{}. {} takes it, and {} is there: the route to its end {} leads into {} itself.",
                                    sent_text(e), upper_first(policy_text(*p)), sa_text(*s), peer, dev));
  if (s->dst)
    out.advice =
        fmt::format("Look at: ip route get {0}. Give the peer a route of its own past {1} (ip route add {0} via "
                    "GATEWAY dev UPLINK), or keep the SA's packets out of {1} with its output-mark and a rule.",
                    peer, dev);
  return out;
}

const Rule kRules[] = {
    {"interface-no-policy",
     {LOSS_INTERFACE},
     "an xfrm interface or a VTI frees a packet, no counter rose for it, and of the mirror's out policies none with "
     "that "
     "if_id (or key as mark) takes it and leads to an SA",
     "The packet was sent into an interface of IPsec, and no policy leads it to an SA.",
     "Give the interface, the policies and the SAs the same if_id (or key and mark), and see that the connection is "
     "up.",
     interface_no_policy},
    {"interface-loop",
     {LOSS_INTERFACE},
     "an xfrm interface frees a packet, and policy and SA are there",
     "The route to the peer leads into the interface whose packets it should carry.",
     "Give the peer a route of its own past the interface (ip route get PEER tells which one is taken).",
     interface_loop},
};

} // namespace

std::span<const Rule> interface_loss_rules() {
  return kRules;
}

} // namespace xs
