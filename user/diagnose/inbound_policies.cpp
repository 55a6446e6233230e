// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets that a policy refuses, or the lack of one.
#include "facts.hpp"
#include "rule.hpp"
#include "secpath.hpp"
#include "words.hpp"

namespace xs {
namespace {

constexpr const char* kNoSecpath = "the SAs that the packet came through";

const std::vector<SecpathEntry>* secpath_of(const Event& e) {
  return e.clues && e.clues->secpath ? &*e.clues->secpath : nullptr;
}

// "the in policy src 10.0.0.1/32 dst 10.0.0.2/32 (index 8)"
std::string policy_text(const Policy& p) {
  return fmt::format("the {}{} policy src {}/{} dst {}/{} (priority {}, index {})", p.socket ? "socket's " : "", p.dir,
                     packet_end(p.sel.src), p.sel.src_bits, packet_end(p.sel.dst), p.sel.dst_bits, p.priority, p.index);
}

std::string maker_text(const Policy& p, const Event& e) {
  const std::string hand = hand_text(p.added), ago = ago_text(p.added, e.mono_ns);
  if (p.added.how == How::listed || hand.empty()) return {};
  return fmt::format(", added{} {}", ago, hand);
}

bool wants_protection(const Template& t) {
  return !t.optional;
}

std::string templates_text(const Policy& p) {
  std::string out;
  for (const Template& t : p.templates)
    if (wants_protection(t)) out += fmt::format("{}{} {} reqid {}", out.empty() ? "" : ", ", t.proto, t.mode, t.reqid);
  return out;
}

Judgement plaintext(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (!secpath->empty()) return no();
  const std::string flow = e.packet ? flow_text(*e.packet) : "A packet";
  const Policy* p = policy_of(e);
  if (!p) {
    Judgement out = holds(fmt::format("{} came in clear, and its policy demands IPsec.", flow));
    out.missing.emplace_back(kNoPolicy);
    return out;
  }
  if (std::ranges::none_of(p->templates, wants_protection)) return no();
  return holds(fmt::format("{} came in clear, but {} demands {}.", flow, policy_text(*p), templates_text(*p)));
}

Judgement template_mismatch(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (secpath->empty()) return no();
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  const auto wrong = first_misfit(p->templates, *secpath, p->if_id);
  if (!wrong) return no();
  const std::string sa = wrong->sa ? fmt::format("{} {}", wrong->sa->proto, spi_text(wrong->sa->spi)) : "";
  if (wrong->field == "sa" && wrong->sa)
    return holds(fmt::format("The packet came through the {} SA {}, but {} has no template for it.", wrong->sa->mode,
                             sa, policy_text(*p)));
  if (wrong->field == "sa")
    return holds(fmt::format("The packet came through {} SAs, and none is left for the template {} of {}.",
                             secpath->size(), wrong->want, policy_text(*p)));
  return holds(fmt::format("The packet came through the SA {} with {} {}, but the template of {} demands {} {}.", sa,
                           wrong->field, wrong->have, policy_text(*p), wrong->field, wrong->want));
}

// The kernel wants a policy for whatever comes out of an SA that is not in transport mode.
const SecpathEntry* tunnel_of(const std::vector<SecpathEntry>& secpath) {
  const auto it = std::ranges::find_if(secpath, [](const SecpathEntry& s) { return s.mode != "transport"; });
  return it == secpath.end() ? nullptr : &*it;
}

bool elsewhere(const SecpathEntry& s, const Event& e) {
  return s.netns && e.netns.inum && *s.netns != *e.netns.inum;
}

Judgement no_inbound_policy(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  const SecpathEntry* sa = tunnel_of(*secpath);
  if (!sa || policy_of(e)) return no();
  if (!sa->netns || !e.netns.inum) return lacks("the netns of the SA or of the packet");
  if (elsewhere(*sa, e)) return no();
  const std::string if_id = sa->if_id ? fmt::format(" (if_id {:#x})", sa->if_id) : "";
  return holds(fmt::format("Out of the {} SA {} {}{} came {}, for which there is no in or fwd policy.", sa->mode,
                           sa->proto, spi_text(sa->spi), if_id, e.packet ? flow_text(*e.packet) : "a packet"));
}

Judgement default_block(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (!e.clues->defaults) return lacks("the netns' default policies");
  const DefaultPolicies& d = *e.clues->defaults;
  if (tunnel_of(*secpath) || (d.in != "block" && d.fwd != "block")) return no();
  const char* which = d.in != "block" ? "fwd" : d.fwd != "block" ? "in" : "in and fwd";
  return holds(fmt::format("No policy fits {}, and this netns' default for {} is to block.",
                           e.packet ? flow_text(*e.packet) : "the packet", which));
}

std::string netns_name(const Event& e, uint32_t inum) {
  const State* s = state_of(e);
  return s && s->netns.inum == inum && s->netns.name ? *s->netns.name : std::to_string(inum);
}

Judgement netns_crossed(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  const auto it = std::ranges::find_if(*secpath, [&](const SecpathEntry& s) { return elsewhere(s, e); });
  if (it == secpath->end()) return no();
  return holds(fmt::format(
      "The packet came through the SA {} {} in netns {} and was then handed to netns {}, where that "
      "SA counts for nothing and no policy takes it.",
      it->proto, spi_text(it->spi), netns_name(e, *it->netns), e.netns.name.value_or(std::to_string(*e.netns.inum))));
}

Judgement policy_block(const Event& e) {
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  if (p->action != "block") return no();
  return holds(fmt::format("{}{} blocks {}.", upper_first(policy_text(*p)), maker_text(*p, e),
                           e.packet ? flow_text(*e.packet) : "this flow"));
}

Judgement policy_expired(const Event& e) {
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  const auto limit = limit_reached(p->limits, p->used, e.real_ns);
  if (!limit) return no();
  return holds(fmt::format("{} has expired: it reached {}.", upper_first(policy_text(*p)), *limit));
}

const Rule kRules[] = {
    {"plaintext",
     {XfrmInTmplMismatch},
     "the policy has a template, and the packet came through no SA",
     "The peer sent in clear what this node demands protected.",
     "Check the peer's out policies, routes and firewall: its traffic bypasses IPsec; or narrow this node's policy.",
     plaintext},
    {"template-mismatch",
     {XfrmInTmplMismatch},
     "the packet came through SAs, and one of them is not what the policy's template asks for",
     "The packet was protected by another SA than its policy demands.",
     "Make SA and policy agree in that field (ip xfrm state, ip xfrm policy); stale SAs or policies of two "
     "connections?",
     template_mismatch},
    {"no-inbound-policy",
     {XfrmInNoPols},
     "the packet came through an SA in tunnel mode, and no policy fits the inner flow",
     "What comes out of a tunnel needs a policy, and there is none.",
     "Add the in (or, for forwarded packets, fwd) policy for the inner flow, with the if_id of its interface if it has "
     "one.",
     no_inbound_policy},
    {"default-block",
     {XfrmInNoPols},
     "no policy fits, and the netns' default for the direction is block",
     "The netns blocks what has no policy.",
     "Add a policy for this flow, or set the default with: ip xfrm policy setdefault in accept.",
     default_block},
    {"netns-crossed",
     {XfrmInNoPols},
     "the packet came through an SA of another netns",
     "The packet was decrypted in one netns and moved to another one.",
     "Do not let decrypted packets jump between netns (bpf_redirect_peer, ipvlan), or use a kernel that drops the "
     "secpath "
     "there.",
     netns_crossed},
    {"policy-block",
     {XfrmInPolBlock, XfrmOutPolBlock},
     "the action of the policy that matched is block",
     "A policy blocks this flow.",
     "If this is not wanted, delete that policy or give another one that allows the flow a smaller priority number.",
     policy_block},
    {"policy-expired",
     {XfrmInPolError, XfrmOutPolError},
     "the policy has reached a hard limit",
     "The policy is expired.",
     "Install the policy again, without limits or with larger ones.",
     policy_expired},
};

} // namespace

std::span<const Rule> inbound_policy_rules() {
  return kRules;
}

} // namespace xs
