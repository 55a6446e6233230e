// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds the out policy of a lost packet, or the nearest one.
#include "out_policy.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "policy_match.hpp"
#include "policy_words.hpp"

#include "../model/loss.hpp"

#include <fmt/format.h>
#include <tuple>

namespace xs {
namespace {

struct Candidate {
  const Policy* policy;
  std::vector<std::string> differs;
  size_t selector; // how many of these are in the selector
};

bool is_out(const Policy& p) {
  return !p.socket && p.dir == "out";
}

bool has(const PolicyComparison& c, std::string_view field) {
  return std::ranges::find(c.differs, field, &PolicyDifference::field) != c.differs.end();
}

// True if the policy has the packet's if_id or mark, and these are not 0.
bool has_its_key(const Policy& p, const PolicyComparison& c) {
  return (p.if_id && !has(c, "if_id")) || (p.mark.mask && !has(c, "mark"));
}

Candidate candidate(const Policy& p, const PolicyComparison& c) {
  Candidate out{&p, {}, 0};
  for (const PolicyDifference& d : c.differs) {
    out.differs.push_back(d.field);
    out.selector += d.field.starts_with("sel.");
  }
  return out;
}

std::optional<NearPolicy> nearest(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  std::vector<Candidate> all;
  for (const Policy& p : policies) {
    if (!is_out(p) || !was_there(p, e)) continue;
    const PolicyComparison c = compare(l, p);
    Candidate one = candidate(p, c);
    if (!one.selector || has_its_key(p, c)) all.push_back(std::move(one));
  }
  const auto rank = [](const Candidate& c) {
    return std::tuple(c.selector, c.differs.size(), c.policy->priority, c.policy->index);
  };
  const auto best = std::ranges::min_element(all, {}, rank);
  if (best == all.end()) return {};
  return NearPolicy{*best->policy, best->differs};
}

// An interface looks policies up in the netns that it was made in, even after a move to another one.
std::optional<NearPolicy> elsewhere(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  if (e.counter != LOSS_INTERFACE) return {};
  for (const Policy& p : policies) {
    if (!is_out(p) || p.netns.inum == e.netns.inum) continue;
    const PolicyComparison c = compare(l, p);
    if (c.differs.empty() && has_its_key(p, c)) return NearPolicy{p, {"netns"}};
  }
  return {};
}

const Policy* first_of(const Contenders& a, const Contenders& b) {
  const auto& found = a.found.empty() ? b.found : a.found;
  return found.empty() ? nullptr : found.front();
}

// "wants if_id 0x2, and the packet's is 0x1"
std::string clause(const PolicyDifference& d, const Event& e) {
  if (d.field == "if_id") return fmt::format("wants if_id {}, and the packet's is {}", d.policy, d.flow);
  const bool key = d.field == "mark" && into_vti(e);
  return fmt::format("wants {} {}, and the flow has {}{}", d.field.substr(d.field.find('.') + 1), d.policy, d.flow,
                     key ? ", which is the interface's key" : "");
}

} // namespace

bool into_vti(const Event& e) {
  return e.counter == LOSS_INTERFACE && e.packet_evidence && e.packet_evidence->link &&
         (e.packet_evidence->link->kind == "vti" || e.packet_evidence->link->kind == "vti6");
}

bool wants_out_policy(const Event& e) {
  if (e.repeats || !flow_of(e) || !e.netns.inum || !e.evidence) return false;
  return e.counter == LOSS_INTERFACE || e.counter == LOSS_DEFAULT_BLOCK;
}

void tell_out_policy(Event& e, std::span<const Policy> policies) {
  const auto l = lookup_of(e);
  e.evidence->policies_known = true;
  if (!l) return;
  const Contenders sub = contenders(e, *l, policies, "out", "sub"), main = contenders(e, *l, policies, "out", "main");
  if (const Policy* open = first_of(sub, main)) {
    const OfType taken = winner_of_type(e, *l, policies, "out", "main");
    if (sub.found.empty() && taken.sure && taken.policy)
      e.evidence->policy = *taken.policy;
    else
      e.evidence->near = NearPolicy{*open, {}};
  } else {
    e.evidence->near = elsewhere(e, *l, policies);
    if (!e.evidence->near) e.evidence->near = nearest(e, *l, policies);
  }
  if (e.evidence->policy) e.evidence->policy->netns = e.netns; // with its name
  auto& near = e.evidence->near;
  if (near && near->policy.netns.inum == e.netns.inum) near->policy.netns = e.netns;
}

std::string near_out_text(const Event& e) {
  const auto lookup = lookup_of(e);
  if (!lookup || !e.evidence || !e.evidence->near || e.evidence->near->differs.empty()) return {};
  const NearPolicy& near = *e.evidence->near;
  std::string out;
  for (const PolicyDifference& d : compare(*lookup, near.policy).differs)
    out += (out.empty() ? " " : "; it ") + clause(d, e);
  return out.empty() ? out : fmt::format(" The nearest one, {},{}.", policy_text(near.policy), out);
}

} // namespace xs
