// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Joins the templates of two policies as the kernel does (__xfrm_policy_check, xfrm_tmpl_sort).
#include "joined_policies.hpp"
#include "complete_evidence.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "policy_match.hpp"
#include "secpath.hpp"

#include "../model/records.hpp"

namespace xs {
namespace {

struct Two {
  Policy sub;
  std::optional<Policy> main;
};

// A template of one of the policies, and its number there.
struct Part {
  const Policy* owner;
  size_t at;
  const Template& row() const { return owner->templates[at]; }
};

bool may_be_a_sockets(const Event& e, std::span<const Policy> policies, std::string_view dir) {
  return std::ranges::any_of(policies, [&](const Policy& p) { return p.socket && p.dir == dir && was_there(p, e); });
}

// Finds the sub policy where the event does not have it.
std::optional<Policy> sub_of(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  const Policy* told = policy_of(e);
  if (told) return told->type == "sub" ? std::optional(*told) : std::nullopt;
  if (!e.packet_evidence || !e.packet_evidence->policy_dir ||
      may_be_a_sockets(e, policies, *e.packet_evidence->policy_dir))
    return {};
  return winner_of_type(e, l, policies, *e.packet_evidence->policy_dir, "sub").policy;
}

// The kernel looks the main policy up in direction "in", also for forwarded packets.
std::optional<Two> two_of(const Event& e, std::span<const Policy> policies) {
  const auto l = lookup_of(e);
  const auto sub = l ? sub_of(e, *l, policies) : std::nullopt;
  if (!sub) return {};
  const OfType main = winner_of_type(e, *l, policies, "in", "main");
  if (!main.sure || (main.policy && main.policy->action != "allow")) return {};
  return Two{*sub, main.policy};
}

// IPv6 only: templates of transport mode first, then of Mobile IPv6, of tunnels, others.
int rank(const Template& t) {
  if (t.mode == "transport") return 0;
  if (t.mode == "ro" || t.mode == "in_trigger") return 1;
  return t.mode == "tunnel" || t.mode == "beet" || t.mode == "iptfs" ? 2 : 3;
}

std::vector<Part> joined(const Two& two, bool ipv6) {
  std::vector<Part> out;
  for (const Policy* p : {&two.sub, two.main ? &*two.main : nullptr})
    for (size_t i = 0; p && i < p->templates.size(); i++)
      out.push_back({p, i});
  if (ipv6 && two.main) std::ranges::stable_sort(out, {}, [](const Part& part) { return rank(part.row()); });
  return out;
}

void tell(Event& e, const Two& two, TemplateMisfit wrong, const std::vector<Part>& parts) {
  const Policy* last = two.main ? &*two.main : &two.sub;
  const Policy* owner = wrong.at ? parts[*wrong.at].owner : last;
  wrong.at = wrong.at ? parts[*wrong.at].at : owner->templates.size();
  Evidence& v = *e.evidence;
  v.joined = true;
  v.policy = *owner;
  v.other_policy = {};
  if (two.main) v.other_policy = owner == &two.sub ? *two.main : two.sub;
  v.policy->netns = e.netns; // with its name
  note_misfit(e, wrong);
}

} // namespace

bool tell_joined(Event& e, std::span<const Policy> policies) {
  const auto* secpath = secpath_of(e);
  if (e.counter != XfrmInTmplMismatch || !e.evidence || !secpath) return false;
  const auto two = two_of(e, policies);
  if (!two) return false;
  const uint8_t family = family_of(*flow_of(e));
  const std::vector<Part> parts = joined(*two, family == 6);
  std::vector<Template> templates;
  templates.reserve(parts.size());
  for (const Part& part : parts)
    templates.push_back(part.row());
  const auto wrong = first_misfit(templates, *secpath, two->sub.if_id, family);
  if (wrong) tell(e, *two, *wrong, parts);
  return wrong.has_value();
}

} // namespace xs
