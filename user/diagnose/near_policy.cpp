// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Ranks policies by how nearly they take a packet.
#include "near_policy.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "forwarded.hpp"
#include "policy_match.hpp"
#include "policy_words.hpp"
#include "secpath.hpp"
#include "selector.hpp"

#include "../model/records.hpp"

#include <set>
#include <tuple>

namespace xs {
namespace {

bool about_selector(const std::string& field) {
  return field.starts_with("sel.");
}

// True if the SAs meet the templates, except perhaps in their if_id.
bool asks_for(const Policy& p, const std::vector<SecpathEntry>& secpath) {
  return p.action == "allow" && !p.templates.empty() && !first_misfit(p.templates, secpath, 0, family_of(p.sel));
}

// A template without reqid and addresses asks for any SA: a match means nothing.
bool names_its_sa(const Template& t) {
  return t.reqid || t.spi || (t.mode != "transport" && t.src && *t.src != "0.0.0.0" && *t.src != "::");
}

// True if some part of the packet matches the selector.
bool has_in_common(const Policy& p, const PolicyComparison& c) {
  const auto outside = [&](std::string_view field) {
    return std::ranges::find(c.differs, field, &PolicyDifference::field) != c.differs.end();
  };
  return std::ranges::any_of(p.templates, names_its_sa) || (p.sel.src_bits && !outside("sel.src")) ||
         (p.sel.dst_bits && !outside("sel.dst"));
}

struct Candidate {
  const Policy* policy;
  std::vector<std::string> differs;
  bool open;       // a field that the policy asks for is not known
  size_t selector; // how many of `differs` are about the selector
  unsigned common; // bits of the addresses
  size_t weight() const { return differs.size(); }
};

// Fewer differences are nearer. Selectors count last: whoever wrote one meant other packets.
bool nearer(const Candidate& a, const Candidate& b) {
  const auto rank = [](const Candidate& c) {
    return std::tuple(c.selector, c.weight(), ~c.common, c.policy->priority, c.policy->index);
  };
  return rank(a) < rank(b);
}

Candidate candidate(const Lookup& l, const Policy& p, const PolicyComparison& c, std::string_view dir) {
  Candidate out{&p, {}, !c.unknown.empty(), 0, 0};
  if (!dir.empty() && p.dir != dir) out.differs.emplace_back("dir");
  for (const PolicyDifference& d : c.differs) {
    out.differs.push_back(d.field);
    out.selector += about_selector(d.field);
  }
  out.common = common_bits(l.flow.src, p.sel.src) + common_bits(l.flow.dst, p.sel.dst);
  return out;
}

bool as_near(const Candidate& a, const Candidate& b) {
  return std::tuple(a.selector, a.weight(), a.common, a.policy->priority) ==
         std::tuple(b.selector, b.weight(), b.common, b.policy->priority);
}

// The first of the equally near ones, with the differences that all of them have.
std::optional<NearPolicy> nearest(const std::vector<Candidate>& all) {
  const auto best = std::ranges::min_element(all, nearer);
  if (best == all.end()) return {};
  const bool agree =
      std::ranges::all_of(all, [&](const Candidate& c) { return c.differs == best->differs || !as_near(c, *best); });
  return NearPolicy{*best->policy, agree ? best->differs : std::vector<std::string>{}};
}

bool inbound(const Policy& p, const Event& e) {
  return !p.socket && (p.dir == "in" || p.dir == "fwd") && was_there(p, e);
}

std::optional<NearPolicy> near_missing(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  const auto* secpath = secpath_of(e);
  if (!secpath || secpath->empty()) return {};
  const std::string dir = e.packet_evidence->policy_dir.value_or("");
  std::vector<Candidate> all;
  std::set<std::string> fitting; // directions
  for (const Policy& p : policies) {
    if (!inbound(p, e) || family_of(p.sel) != family_of(l.flow) || !asks_for(p, *secpath)) continue;
    const PolicyComparison c = compare(l, p);
    Candidate one = candidate(l, p, c, dir);
    if (one.selector && !has_in_common(p, c)) continue;
    if (one.differs.empty()) fitting.insert(one.open ? "open" : p.dir);
    all.push_back(std::move(one));
  }
  auto out = nearest(all);
  // The lookup was in the other direction, or the policy would have been taken.
  if (dir.empty() && fitting.size() == 1 && !fitting.contains("open")) out->differs.emplace_back("dir");
  return out;
}

// The lookup with the mark and if_id of `p`.
Lookup wanted_by(const Policy& p, Lookup l) {
  l.flow.mark = (l.flow.mark.value_or(0) & ~p.mark.mask) | p.mark.value;
  l.if_id = p.if_id;
  return l;
}

// True if, with that mark or if_id, `p` would have been taken instead of `taken`.
bool would_have_come_first(const Policy& p, const Policy& taken, const Lookup& l) {
  return !compare(wanted_by(p, l), taken).differs.empty() || p.priority < taken.priority;
}

// For a packet that came through the SAs of another policy.
std::optional<NearPolicy> near_wider(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  const Policy* taken = policy_of(e);
  if (!taken || taken->socket || taken->type == "sub" || e.evidence->joined) return {};
  std::vector<Candidate> all;
  for (const Policy& p : policies) {
    if (!inbound(p, e) || p.dir != taken->dir || !asks_for(p, *secpath_of(e))) continue;
    Candidate one = candidate(l, p, compare(l, p), taken->dir);
    const bool wanted = !one.open && !one.differs.empty() && !one.selector;
    if (wanted && would_have_come_first(p, *taken, l)) all.push_back(std::move(one));
  }
  return nearest(all);
}

// The out policies that may protect the packet later.
struct Waiting {
  std::vector<const Policy*> found;
  bool sure = false; // one of them certainly will
};

bool demands(const Policy* p) {
  return demands_ipsec(*p);
}

// Ignores type, mark and if_id.
bool may_wait(const Policy& p, const Event& e) {
  return !p.socket && p.dir == "out" && was_there(p, e) && demands_ipsec(p);
}

// Policies with an if_id apply if the route leads the packet into their xfrm interface.
void add_behind_interfaces(Waiting& to, const Event& e, Lookup l, std::span<const Policy> policies) {
  for (const Policy& p : policies) {
    if (!p.if_id || !may_wait(p, e)) continue;
    l.if_id = p.if_id;
    if (compare(l, p).differs.empty()) to.found.push_back(&p);
  }
}

// Policies with a mark apply if the route leads the packet into a VTI with that okey, or if it is marked on the way.
void add_behind_marks(Waiting& to, const Event& e, const Lookup& l, std::span<const Policy> policies) {
  for (const Policy& p : policies) {
    if (p.mark.unset() || !may_wait(p, e)) continue;
    const bool now = compare(l, p).differs.empty();
    Lookup marked = l;
    marked.flow.mark = p.mark.value;
    if (!now && compare(marked, p).differs.empty()) to.found.push_back(&p);
  }
}

// The kernel applies a policy of type sub and a main one together.
Waiting waiting(const Event& e, Lookup l, std::span<const Policy> policies) {
  Waiting out;
  l.if_id = 0;
  l.flow.is_flow = false; // it will leave by another device
  for (const char* type : {"sub", "main"}) {
    const Contenders c = contenders(e, l, policies, "out", type);
    out.sure |= c.sure && std::ranges::all_of(c.found, demands);
    std::ranges::copy_if(c.found, std::back_inserter(out.found), demands);
  }
  if (!out.sure) add_behind_interfaces(out, e, l, policies);
  if (!out.sure) add_behind_marks(out, e, l, policies);
  return out;
}

const Policy& first_of(const std::vector<const Policy*>& all) {
  return **std::ranges::min_element(
      all, {}, [](const Policy* p) { return std::tuple(p->type != "sub", p->priority, p->index); });
}

// A packet in clear that may be on its way into a tunnel.
std::optional<NearPolicy> near_outward(const Event& e, const Lookup& l, std::span<const Policy> policies) {
  const Policy* taken = policy_of(e);
  const std::string dir = e.packet_evidence->policy_dir.value_or(taken ? taken->dir : "");
  if (dir != "fwd") return {};
  const Waiting out = waiting(e, l, policies);
  std::set<Side> sides;
  for (const Policy* p : out.found)
    sides.insert(origin_of(e, *p).side);
  if (sides.empty() || (!out.sure && sides == std::set{Side::far})) return {}; // then no out policy waits for it
  if (out.sure && sides.size() == 1) return NearPolicy{first_of(out.found), {"dir"}};
  return NearPolicy{first_of(out.found), {}};
}

} // namespace

bool wants_near(const Event& e) {
  if (e.repeats || !flow_of(e) || !e.netns.inum || !e.evidence || !secpath_of(e)) return false;
  return e.counter == XfrmInNoPols || e.counter == XfrmInTmplMismatch;
}

std::optional<NearPolicy> near_policy(const Event& e, std::span<const Policy> policies) {
  const auto l = lookup_of(e);
  if (!l || !wants_near(e)) return {};
  if (e.counter == XfrmInNoPols) return near_missing(e, *l, policies);
  return secpath_of(e)->empty() ? near_outward(e, *l, policies) : near_wider(e, *l, policies);
}

} // namespace xs
