// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Describes the fields in which the nearest SA differs from its template, and which side can be changed.
#include "template_no_sa.hpp"
#include "facts.hpp"
#include "outbound_template.hpp"
#include "state_selector.hpp"
#include "words.hpp"
#include "../model/joined.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kNoMark = "no mark";

std::string mark_value(const Mark& m) {
  return m.unset() ? kNoMark : mark_text(m);
}

struct Want {
  const char* field; // as `differs` names it
  const char* words; // that iproute2 has for it
  const char* owner; // what the SA has to agree with; none: only the SA can be wrong
  std::string (*wanted)(const Event&, const Template&, const Policy&);
  std::string (*has)(const State&);
};

// In the order in which they are reported.
const Want kWants[] = {
    {"reqid", "reqid", "the policy's template",
     [](const Event&, const Template& t, const Policy&) { return std::to_string(t.reqid); },
     [](const State& s) { return std::to_string(s.reqid); }},
    {"mode", "mode", "the policy's template", [](const Event&, const Template& t, const Policy&) { return t.mode; },
     [](const State& s) { return s.mode; }},
    {"mark", "mark", "the policy", [](const Event&, const Template&, const Policy& p) { return mark_value(p.mark); },
     [](const State& s) { return mark_value(s.mark); }},
    {"if_id", "if_id", "the policy",
     [](const Event&, const Template&, const Policy& p) { return fmt::format("{:#x}", p.if_id); },
     [](const State& s) { return fmt::format("{:#x}", s.if_id); }},
    {"spi", "spi", "the policy's template",
     [](const Event&, const Template& t, const Policy&) { return fmt::format("{:#010x}", t.spi); },
     [](const State& s) { return fmt::format("{:#010x}", s.spi); }},
    {"saddr", "src", "the policy's template",
     [](const Event& e, const Template& t, const Policy&) { return wanted_source(e, t); },
     [](const State& s) { return packet_end(s.src); }},
    {"daddr", "dst", "the policy's template",
     [](const Event& e, const Template& t, const Policy&) { return endpoint(e, t); },
     [](const State& s) { return packet_end(s.dst); }},
    {"proto", "proto", "the policy's template", [](const Event&, const Template& t, const Policy&) { return t.proto; },
     [](const State& s) { return s.proto; }},
    {"dir", "dir", nullptr, [](const Event&, const Template&, const Policy&) { return std::string("out"); },
     [](const State& s) { return s.dir.value_or("?"); }}};

using Wants = std::vector<const Want*>;

Wants differing(const Event& e) {
  Wants out;
  for (const Want& w : kWants)
    if (differs_in(e, w.field)) out.push_back(&w);
  return out;
}

bool differs_in_source(const Want& w) {
  return std::string_view(w.field) == "saddr";
}

// " The template leaves the source open (src 0.0.0.0): the kernel took the flow's own."
std::string source_text(const Want& w, const Template& t) {
  if (!differs_in_source(w) || !open_source(t)) return {};
  return fmt::format(" The template leaves the source open (src {}): the kernel took {}.", packet_end(t.src),
                     t.mode == "transport" ? "the packet's" : "that of its route to the endpoint");
}

// "reqid 1", "no mark"
std::string named(const char* name, const std::string& value) {
  return value == kNoMark ? value : fmt::format("{} {}", name, value);
}

// "reqid 1 and mode transport", of the policy or of the SA
template <class Value> std::string words_of(const Wants& wants, const Value& value) {
  std::vector<std::string> out;
  for (const Want* w : wants)
    out.push_back(named(w->words, value(*w)));
  return joined(out, " and ");
}

std::string words_of(const Wants& wants, const State& s) {
  return words_of(wants, [&](const Want& w) { return w.has(s); });
}

// True if the policy with the SA's value would still be looked up for the flow, whose device decides the if_id. None:
// not known.
std::optional<bool> still_taken(const Event& e, const Want& w, const State& s) {
  const std::string_view field = w.field;
  const PacketInfo* flow = flow_of(e);
  if (field != "mark") return field != "if_id";
  if (!flow || !flow->mark) return {};
  return (*flow->mark & s.mark.mask) == s.mark.value;
}

// False for the source that a template leaves to the kernel: the template cannot be given another.
bool has_policy_side(const Want& w, const Template& t) {
  return w.owner && !(differs_in_source(w) && (t.mode == "transport" || open_source(t)));
}

// "give the policy's template reqid 2 and mode tunnel, and the policy mark 0x1/0xff"
std::string policy_changes(const Wants& wants, const State& s) {
  std::vector<std::string> out;
  for (const char* owner : {"the policy's template", "the policy"}) {
    Wants own;
    std::ranges::copy_if(wants, std::back_inserter(own),
                         [&](const Want* w) { return std::string_view(w->owner) == owner; });
    if (!own.empty()) out.push_back(fmt::format("{} {}", owner, words_of(own, s)));
  }
  return ", or give " + joined(out, ", and ");
}

std::string policy_advice(const Event& e, const Wants& wants, const Template& t, const State& s) {
  Wants refused;
  for (const Want* w : wants) {
    const auto taken = still_taken(e, *w, s);
    if (!has_policy_side(*w, t) || !taken) return {};
    if (!*taken) refused.push_back(w);
  }
  if (refused.empty()) return policy_changes(wants, s);
  return fmt::format(" (with {} the policy would not take this flow, which might leave in clear)",
                     words_of(refused, s));
}

// The remedy of a field that has its own, if nothing else differs.
std::optional<std::string> special_advice(const Event& e, const Want& w, const Template& t, const State& s) {
  const std::string wanted = w.wanted(e, t, *policy_of(e)), has = w.has(s);
  if (differs_in_source(w) && t.mode == "transport")
    return fmt::format(
        "Install an SA with src {}, or let the sender use {} (the source that it binds to, or that of its "
        "route: ip route get {}).",
        wanted, has, endpoint(e, t));
  if (differs_in_source(w) && open_source(t))
    return fmt::format(
        "Look at the source that the kernel takes (ip route get {}). Install an SA with that one, write src "
        "{} into the template, or give the route src {}.",
        endpoint(e, t), has, has);
  if (w.owner) return {};
  return fmt::format("Delete the SA (ip xfrm state delete {}) and add it again with {} {}, or without.", state_id(s),
                     w.words, wanted);
}

std::string advice(const Event& e, const Wants& wants, const Template& t, const State& s) {
  const auto special = wants.size() == 1 ? special_advice(e, *wants.front(), t, s) : std::nullopt;
  if (special) return *special;
  const auto wanted = words_of(wants, [&](const Want& w) { return w.wanted(e, t, *policy_of(e)); });
  return fmt::format("Make SA and policy agree: install the SA with {}{}; two key managers, or stale policies of an "
                     "earlier connection?",
                     wanted, policy_advice(e, wants, t, s));
}

// "reqid 2 instead of 1 and mode tunnel instead of transport"
std::string differences_text(const Event& e, const Wants& wants, const Template& t, const State& s) {
  std::vector<std::string> out;
  for (const Want* w : wants)
    out.push_back(fmt::format("{} instead of {}", named(w->field, w->has(s)), w->wanted(e, t, *policy_of(e))));
  return joined(out, " and ");
}

std::string sources_text(const Wants& wants, const Template& t) {
  std::string out;
  for (const Want* w : wants)
    out += source_text(*w, t);
  return out;
}

// " Nor does its selector take the flow: dst is 10.0.0.2, the selector says 10.0.0.4/30."
std::string selector_text(const Event& e, const State& s) {
  const auto misfits = selector_misfits(e, s);
  return misfits.empty() ? "" : fmt::format(" Nor does its selector take the flow: {}.", misfits_text(misfits));
}

} // namespace

Judgement template_no_sa(const Event& e) {
  const Template* t = failed_template(e);
  const State* s = state_of(e);
  if (!searched(e) || !t) return without_template(e);
  const Wants wants = differing(e);
  if (!s || wants.empty()) return no();
  Judgement out = holds(fmt::format("{}; the nearest one is {}, which has {}.{}{}", demand_text(e, *t), sa_text(*s),
                                    differences_text(e, wants, *t, *s), sources_text(wants, *t), selector_text(e, *s)));
  out.advice = advice(e, wants, *t, *s);
  return out;
}

} // namespace xs
