// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that a policy refuses, or the lack of one.
#include "facts.hpp"
#include "flow.hpp"
#include "forwarded.hpp"
#include "policy_words.hpp"
#include "rule.hpp"
#include "secpath.hpp"
#include "template_order.hpp"
#include "words.hpp"
#include "../model/joined.hpp"

namespace xs {
namespace {

constexpr const char* kNoSecpath = "the SAs that the packet came through";
constexpr const char* kNoMain = "the main policy, whose templates the kernel joins with those of the sub policy";

std::string maker_text(const Policy& p, const Event& e) {
  const std::string actor = actor_text(p.added), ago = ago_text(p.added, e.mono_ns);
  if (p.added.how == How::listed || actor.empty()) return {};
  return fmt::format(", added{} {}", ago, actor);
}

// The out policy that also takes a forwarded packet in clear, which a policy that demands IPsec refused.
const Policy* out_policy_of(const Event& e) {
  const auto* secpath = secpath_of(e);
  const Policy* p = policy_of(e);
  if (!secpath || !secpath->empty() || !e.evidence || !e.evidence->near || (p && !demands_ipsec(*p))) return nullptr;
  const Policy& out = e.evidence->near->policy;
  return out.dir == "out" ? &out : nullptr;
}

// It is not known whether an out policy waits for the packet, or which one.
bool open_way_out(const Event& e) {
  return e.evidence->near->differs.empty();
}

// A packet in clear on its way into a tunnel: its own out policy waits for it.
Judgement forward_into_tunnel(const Event& e) {
  const Policy* out = out_policy_of(e);
  const Origin origin = out && !open_way_out(e) ? origin_of(e, *out) : Origin{};
  const Policy* p = policy_of(e);
  if (origin.side != Side::near) return no(); // the rule on plaintext reports what is missing
  return holds(
      fmt::format("{} is forwarded, and {} is to protect it ({}): it was on its way into the tunnel.{} Before "
                  "that it met {}, which is meant for what comes out of it.",
                  looked_up_subject(e), policy_text(*out), templates_text(*out), origin.by,
                  p ? fmt::format("{} ({})", policy_text(*p), templates_text(*p)) : "a fwd policy that demands IPsec"));
}

// Policies of both directions take it, or may.
std::string either_way(const Event& e, const Policy& out) {
  const Policy* p = policy_of(e);
  const std::string taker = p ? policy_text(*p) : "a fwd policy", other = policy_text(out);
  return fmt::format(
      "whether {} came in clear instead of through the tunnel, or was on its way into it: {}", looked_up_text(e),
      open_way_out(e) ? fmt::format("{} takes it, and it is open which out policy does, such as {}", taker, other)
                      : fmt::format("{} and {} both take it", taker, other));
}

Judgement plaintext(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (!secpath->empty()) return no();
  const Policy* out = out_policy_of(e);
  const Origin origin = out ? origin_of(e, *out) : Origin{Side::far, {}};
  if (out && (open_way_out(e) || origin.side == Side::unknown)) return lacks(either_way(e, *out));
  const std::string flow = looked_up_subject(e);
  const Policy* p = policy_of(e);
  if (!p) {
    Judgement told = holds(fmt::format("{} came in clear, and its policy demands IPsec.{}", flow, origin.by));
    told.missing.emplace_back(kNoPolicy);
    return told;
  }
  if (p->type == "sub" && !e.evidence->joined && !demands_ipsec(*p)) { // so the main one does
    Judgement told = holds(
        fmt::format("{} came in clear, and the main policy that goes with {} demands IPsec.", flow, policy_text(*p)));
    told.missing.emplace_back(kNoMain);
    return told;
  }
  if (!demands_ipsec(*p)) return no();
  return holds(
      fmt::format("{} came in clear, but {} demands {}.{}", flow, policy_text(*p), templates_text(*p), origin.by));
}

Policy with_optional_compression(Policy p) {
  for (Template& t : p.templates)
    if (t.proto == "comp") t.optional = 1;
  return p;
}

// The failure that the BPF side found, or else the result of the same comparison here.
std::optional<TemplateMisfit> misfit_of(const Event& e, const Policy& p) {
  if (auto told = told_misfit(e)) return told;
  return first_misfit(p.templates, *secpath_of(e), p.if_id, family_of(p.sel));
}

// If a template stopped at a tunnel that no template asks for, the tunnel is wrong, not the fields that differ.
TemplateMisfit at_tunnel(const Event& e, const Policy& p, TemplateMisfit wrong) {
  const auto met = wrong.met ? wrong.met : std::optional<size_t>(e.evidence->secpath_at);
  const SecpathEntry* sa =
      wrong.at && met && !e.evidence->joined ? uninvited(p, *wrong.at, *met, *secpath_of(e)) : nullptr;
  return sa ? TemplateMisfit{"sa", "none", entry_text(*sa), *sa, {}, met} : wrong;
}

// Packets with less than 90 bytes of payload are sent uncompressed: in transport mode without any header.
bool too_small_to_compress(const Event& e) {
  constexpr uint32_t kThreshold = 90, kHeader4 = 20, kHeader6 = 40;
  const PacketInfo* flow = flow_of(e);
  if (!flow || !flow->dst || !e.packet || !e.packet->len) return false;
  return *e.packet->len < kThreshold + (is_ipv6(*flow->dst) ? kHeader6 : kHeader4);
}

// Packets that compression would not make smaller are sent uncompressed (RFC 3173): only an optional template accepts
// them.
Judgement compression_optional(const Event& e) {
  const auto* secpath = secpath_of(e);
  const Policy* p = policy_of(e);
  if (!secpath || !p || (secpath->empty() && !too_small_to_compress(e)))
    return no(); // the next rules report what is missing
  const auto wrong = misfit_of(e, *p);
  const Template* t = wrong && wrong->at ? &p->templates[*wrong->at] : nullptr;
  const bool compressed = std::ranges::any_of(*secpath, [](const SecpathEntry& s) { return s.proto == "comp"; });
  if (!t || t->proto != "comp" || t->optional || compressed) return no();
  if (secpath->empty() && t->mode != "transport") return no(); // a tunnel header would be there nevertheless
  const Policy mended = with_optional_compression(*p);
  if (first_misfit(mended.templates, *secpath, p->if_id, family_of(p->sel))) return no();
  Judgement out = holds(
      fmt::format("{} came uncompressed, as packets do that compression would not make smaller, but the template {} of "
                  "{} is required.",
                  looked_up_subject(e), template_words(*t), policy_text(*p)));
  out.advice = fmt::format("Give the comp template level use: {}", policy_command("update", mended));
  return out;
}

// "the template of the in policy ...", "template 2 (comp tunnel reqid 2) of 2 of the in policy ..."
std::string template_text(const Policy& p, const std::optional<size_t>& at) {
  if (!at || p.templates.size() == 1) return "the template of " + policy_text(p);
  return fmt::format("template {} ({}) of {} of {}", *at + 1, template_words(p.templates[*at]), p.templates.size(),
                     policy_text(p));
}

std::string came_through(const std::vector<SecpathEntry>& secpath) {
  if (secpath.size() == 1) return "one SA";
  return fmt::format("{} SAs", secpath.size());
}

std::string mismatch_text(const Event& e, const Policy& p, const TemplateMisfit& wrong) {
  const std::string flow = looked_up_subject(e);
  const std::string sa = wrong.sa ? entry_text(*wrong.sa) : "";
  const auto& other = e.evidence->other_policy;
  if (wrong.field == "sa" && wrong.sa && other)
    return fmt::format("{} came through the {} SA {}, but neither {} nor {} has a template for it.", flow,
                       wrong.sa->mode, sa, policy_text(p), policy_text(*other));
  if (wrong.field == "sa" && wrong.sa)
    return fmt::format("{} came through the {} SA {}, but {} has no template for it.", flow, wrong.sa->mode, sa,
                       policy_text(p));
  if (wrong.field == "sa")
    return fmt::format("{} came through {}, and none is left for {}, which demands {}.", flow,
                       came_through(*secpath_of(e)), template_text(p, wrong.at), wrong.want);
  if (wrong.field == "level")
    return fmt::format("{} came through an SA that the kernel made for what comes uncompressed, but {} is required.",
                       flow, template_text(p, wrong.at));
  return fmt::format("{} came through the SA {} with {} {}, but {} demands {} {}.", flow, sa, wrong.field, wrong.have,
                     template_text(p, wrong.at), wrong.field, wrong.want);
}

std::string joined_text(const Event& e) {
  const auto& other = e.evidence->other_policy;
  if (!other) return {};
  return fmt::format(" The kernel wants the templates of that policy and of {} met together.", policy_text(*other));
}

Judgement other_order(const Event& e, const Policy& p, const Policy& in_order) {
  std::vector<std::string> path;
  for (const SecpathEntry& sa : *secpath_of(e))
    path.push_back(entry_text(sa));
  Judgement out =
      holds(fmt::format("{} came through the SAs of the templates of {}, but in another order: {}. The last "
                        "template is for the outermost SA.",
                        looked_up_subject(e), policy_text(p), joined(path, ", then ")));
  out.advice = fmt::format("Give the policy its templates in the order of the SAs, the innermost first: {}",
                           policy_command("update", in_order));
  return out;
}

std::string template_advice(const Policy& p, const SecpathEntry& sa, const std::vector<SecpathEntry>& secpath) {
  const auto mended = with_template_for(p, sa, secpath);
  return fmt::format("Give the policy a template for the SA (proto {} mode {} reqid {}), or remove the policy if this "
                     "SA's flows are for another one.{}",
                     sa.proto, sa.mode, sa.reqid, mended ? " The former: " + policy_command("update", *mended) : "");
}

Judgement template_mismatch(const Event& e) {
  const auto* secpath = secpath_of(e);
  if (!secpath) return lacks(kNoSecpath);
  if (secpath->empty()) return no();
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  if (p->type == "sub" && !e.evidence->joined) return lacks(kNoMain);
  const auto found = misfit_of(e, *p);
  if (!found) return no();
  const auto in_order = e.evidence->joined ? std::nullopt : reordered(*p, *secpath);
  if (in_order) return other_order(e, *p, *in_order);
  const TemplateMisfit wrong = at_tunnel(e, *p, *found);
  Judgement out = holds(mismatch_text(e, *p, wrong) + joined_text(e));
  if (wrong.field == "sa" && wrong.sa) out.advice = template_advice(*p, *wrong.sa, *secpath);
  return out;
}

Judgement policy_block(const Event& e) {
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  if (p->action != "block") return no();
  return holds(fmt::format("{}{} blocks {}.", upper_first(policy_text(*p)), maker_text(*p, e),
                           flow_of(e) ? looked_up_text(e) : "this flow"));
}

Judgement policy_expired(const Event& e) {
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  const auto limit = limit_reached(p->limits, p->used, e.real_ns);
  if (!limit) return no();
  return holds(fmt::format("{} has expired: it reached {}.", upper_first(policy_text(*p)), *limit));
}

const Rule kRules[] = {
    {"forward-into-tunnel",
     {XfrmInTmplMismatch},
     "a fwd policy has a template, the packet came through no SA, an out policy takes its flow, too, and it came from "
     "this side: the out policy does not take the addresses the other way round, or the tunnel's end is on the device "
     "that it would leave by and not on that which it came in by",
     "What was forwarded into a tunnel met the policy for what comes out of it.",
     "Narrow the fwd policy's selector to what comes out of the tunnel, or give the policies for in and out different "
     "marks.",
     forward_into_tunnel},
    {"compression-optional",
     {XfrmInTmplMismatch},
     "the packet came uncompressed, and would be taken but for a required template of IPComp",
     "IPComp sends small packets as they are, and the policy demands that all are compressed.",
     "Give the policy's comp template level use.",
     compression_optional},
    {"plaintext",
     {XfrmInTmplMismatch},
     "the policy has a template, and the packet came through no SA; forwarded, and taken by an out policy, too: it "
     "came from the other side, whichever out policy it is",
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
