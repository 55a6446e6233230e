// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks policies up as the kernel does.
#include "policy_match.hpp"
#include "facts.hpp"
#include "flow.hpp"
#include "out_policy.hpp"
#include "secpath.hpp"
#include "selector.hpp"
#include "words.hpp"

#include "../model/records.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

bool blocked(const Event& e) {
  return e.counter == XfrmInPolBlock || e.counter == XfrmOutPolBlock;
}

std::string hex(uint32_t number) {
  return fmt::format("{:#x}", number);
}

const char* family_name(uint8_t family) {
  return family == 6 ? "IPv6" : "IPv4";
}

void compare_family(PolicyComparison& out, const Lookup& l, const Policy& p) {
  const uint8_t wanted = family_of(p.sel), is = family_of(l.flow);
  if (!wanted || !is)
    out.unknown.emplace_back("the flow's addresses");
  else if (wanted != is)
    out.differs.push_back({"sel.family", family_name(is), family_name(wanted)});
}

void compare_if_id(PolicyComparison& out, const Lookup& l, const Policy& p) {
  if (!l.if_id)
    out.unknown.emplace_back("the if_id of the look-up");
  else if (*l.if_id != p.if_id)
    out.differs.push_back({"if_id", hex(*l.if_id), hex(p.if_id)});
}

void compare_mark(PolicyComparison& out, const Lookup& l, const Policy& p) {
  if (!p.mark.mask && !p.mark.value) return;
  if (!l.flow.mark)
    out.unknown.emplace_back("the flow's mark");
  else if ((*l.flow.mark & p.mark.mask) != p.mark.value)
    out.differs.push_back({"mark", hex(*l.flow.mark), mark_text(p.mark)});
}

enum class Taken : uint8_t { no, perhaps, yes };

// A cheap check that rules most policies out.
bool surely_not(const Lookup& l, const Policy& p) {
  return (l.if_id && *l.if_id != p.if_id) || (l.flow.mark && (*l.flow.mark & p.mark.mask) != p.mark.value);
}

// Unknown for a policy with a security context, which is not mirrored.
Taken taken(const Lookup& l, const Policy& p) {
  if (surely_not(l, p)) return Taken::no;
  const PolicyComparison c = compare(l, p);
  return !c.differs.empty() ? Taken::no : c.unknown.empty() && !p.security ? Taken::yes : Taken::perhaps;
}

// What a failure itself says about its policy.
// The kernel joins the templates of a sub policy and of the main one: then the main one's failed.
bool asks_for_nothing(const Policy& p) {
  return p.type == "sub" && p.templates.empty();
}

bool may_have_failed(const Event& e, const Policy& p) {
  if (blocked(e)) return p.action == "block";
  if (p.action != "allow") return false;
  if (e.counter != XfrmInTmplMismatch) return !p.templates.empty();
  if (asks_for_nothing(p)) return false;
  const auto* secpath = secpath_of(e);
  return !secpath || first_misfit(p.templates, *secpath, p.if_id, family_of(p.sel)).has_value();
}

bool through_sas(const Event& e) {
  const auto* secpath = secpath_of(e);
  return e.counter == XfrmInTmplMismatch && secpath && !secpath->empty();
}

bool same(const Template& a, const Template& b) {
  return a.src == b.src && a.dst == b.dst && a.proto == b.proto && a.spi == b.spi && a.reqid == b.reqid &&
         a.mode == b.mode && a.optional == b.optional;
}

bool same(const Policy& a, const Policy& b) {
  return a.action == b.action &&
         std::ranges::equal(a.templates, b.templates, [](const Template& x, const Template& y) { return same(x, y); });
}

using Candidates = std::vector<const Policy*>;

bool is_packet_offload(const Policy& p) {
  return p.offload && p.offload->mode == "packet";
}

// The policy of a socket that lets the packet pass, like that of IKE, raises no failure.
void add_socket_policies(Candidates& to, const Event& e, const Lookup& l, std::span<const Policy> policies,
                         std::string_view dir) {
  for (const Policy& p : policies)
    if (p.socket && p.dir == dir && was_there(p, e) && (p.action == "block" || !p.templates.empty()) &&
        family_of(p.sel) == family_of(l.flow) && hold_against(l.flow, p.sel).fit != Fit::outside)
      to.push_back(&p);
}

// The kernel looks the second of two policies up in direction "in", also for forwarded packets.
Candidates candidates(const Event& e, const Lookup& l, std::span<const Policy> policies, std::string_view dir) {
  const Contenders sub = contenders(e, l, policies, dir, "sub");
  Candidates out = sub.found;
  Contenders main = contenders(e, l, policies, dir, "main");
  if (!sub.found.empty() && dir == "fwd") {
    const Contenders second = contenders(e, l, policies, "in", "main");
    if (sub.sure)
      main = second;
    else
      out.insert(out.end(), second.found.begin(), second.found.end());
  }
  out.insert(out.end(), main.found.begin(), main.found.end());
  add_socket_policies(out, e, l, policies, dir);
  return out;
}

// The first one, if it does not matter which.
const Policy* only(const Candidates& all) {
  const Policy* first = nullptr;
  for (const Policy* p : all) {
    if (first && !same(*p, *first)) return nullptr;
    if (!first || p->priority < first->priority) first = p;
  }
  return first;
}

std::vector<std::string_view> directions(const Event& e) {
  if (counter_way(e.counter) == Way::out) return {"out"};
  if (e.packet_evidence && e.packet_evidence->policy_dir) return {*e.packet_evidence->policy_dir};
  return {"in", "fwd"};
}

} // namespace

std::optional<Lookup> lookup_of(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow || !family_of(*flow)) return {};
  Lookup out{*flow, if_id_of(e)};
  if (into_vti(e)) out.flow.mark = e.packet_evidence->ikey;
  return out;
}

PolicyComparison compare(const Lookup& l, const Policy& p) {
  PolicyComparison out;
  compare_family(out, l, p);
  compare_if_id(out, l, p);
  compare_mark(out, l, p);
  if (!out.differs.empty() && out.differs.front().field == "sel.family") return out;
  const SelectorComparison s = compare(l.flow, p.sel);
  for (const Misfit& m : s.outside)
    out.differs.push_back({"sel." + m.field, m.flow, m.selector});
  for (const std::string& field : s.unknown)
    out.unknown.push_back("the flow's " + field);
  return out;
}

bool was_there(const Policy& p, const Event& e) {
  return p.netns.inum == e.netns.inum &&
         (!p.added.mono_ns || p.added.how == How::listed || *p.added.mono_ns <= e.mono_ns);
}

Contenders contenders(const Event& e, const Lookup& l, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type) {
  Contenders out;
  std::optional<uint32_t> best;
  Candidates fit;
  for (const Policy& p : policies) {
    if (p.socket || p.dir != dir || p.type != type || !was_there(p, e)) continue;
    const Taken t = taken(l, p);
    if (t == Taken::no) continue;
    fit.push_back(&p);
    if (t == Taken::yes && (!best || p.priority < *best)) best = p.priority;
  }
  for (const Policy* p : fit) // the kernel takes a policy offloaded to a device without considering others
    if (!best || p->priority <= *best || is_packet_offload(*p)) out.found.push_back(p);
  out.sure = best.has_value();
  return out;
}

OfType winner_of_type(const Event& e, const Lookup& l, std::span<const Policy> policies, std::string_view dir,
                      std::string_view type) {
  const Contenders s = contenders(e, l, policies, dir, type);
  if (s.found.empty()) return {true, {}};
  const Policy* p = only(s.found);
  return s.sure && p ? OfType{true, *p} : OfType{};
}

bool wants_policy(const Event& e) {
  if (e.repeats || !flow_of(e) || !e.netns.inum || !e.evidence) return false;
  const Policy* p = policy_of(e);
  if (p && e.counter == XfrmInTmplMismatch) return p->type == "sub";
  if (p) return blocked(e) && p->action != "block";
  return blocked(e) || e.counter == XfrmInTmplMismatch || e.counter == XfrmOutBundleGenError;
}

std::optional<Policy> match_policy(const Event& e, std::span<const Policy> policies) {
  const auto lookup = lookup_of(e);
  if (!lookup) return {};
  Candidates all;
  bool may_be_joined = false;
  for (const std::string_view dir : directions(e))
    for (const Policy* p : candidates(e, *lookup, policies, dir)) {
      may_be_joined |= p->type == "sub";
      if (may_have_failed(e, *p)) all.push_back(p);
    }
  const Policy* p = only(all);
  if (p && may_be_joined && through_sas(e)) return {}; // one alone does not decide about the templates of both
  return p ? std::optional(*p) : std::nullopt;
}

} // namespace xs
