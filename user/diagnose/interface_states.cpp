// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds SAs by the if_id of an xfrm interface.
#include "interface_states.hpp"
#include "facts.hpp"

#include "../model/loss.hpp"

namespace xs {
namespace {

bool is_out(const State& s) {
  return (!s.dir || *s.dir == "out") && s.spi;
}

std::optional<std::string> end_of(const Template& t, const Event& e) {
  if (t.mode != "transport") return t.dst;
  const PacketInfo* flow = flow_of(e);
  return flow ? flow->dst : std::nullopt;
}

bool fits(const State& s, const Template& t, const Event& e) {
  const bool source = t.mode == "transport" || unspecified(t.src) || s.src == t.src;
  return s.proto == t.proto && s.mode == t.mode && (!t.reqid || s.reqid == t.reqid) && (!t.spi || s.spi == t.spi) &&
         s.dst == end_of(t, e) && source;
}

// The first required template: the flow goes through its SA.
const Template* first_template(const Policy& p) {
  const auto it = std::ranges::find_if(p.templates, [](const Template& t) { return !t.optional; });
  return it == p.templates.end() ? nullptr : &*it;
}

const State* find_state(const Event& e, std::span<const State> live) {
  const Policy* p = policy_of(e);
  const Template* t = p ? first_template(*p) : nullptr;
  for (const State& s : live)
    if (s.netns.inum == e.netns.inum && s.if_id == *e.packet_evidence->link->if_id && is_out(s) &&
        (!t || fits(s, *t, e)))
      return &s;
  return nullptr;
}

uint64_t removed_ns(const State& s) {
  return s.removed ? s.removed->mono_ns.value_or(0) : 0;
}

const State* find_tombstone(const Event& e, std::span<const State> gone) {
  const State* last = nullptr;
  for (const State& s : gone)
    if (s.netns.inum == e.netns.inum && s.if_id == *e.packet_evidence->link->if_id && is_out(s) &&
        removed_ns(s) <= e.mono_ns && (!last || removed_ns(s) > removed_ns(*last)))
      last = &s;
  return last;
}

} // namespace

bool wants_states(const Event& e) {
  return e.counter == LOSS_INTERFACE && !e.repeats && flow_of(e) && e.netns.inum && e.evidence && e.packet_evidence &&
         e.packet_evidence->link && e.packet_evidence->link->kind == "xfrm" && e.packet_evidence->link->if_id;
}

void tell_states(Event& e, std::span<const State> live, std::span<const State> gone) {
  if (const State* s = find_state(e, live)) {
    e.evidence->state = *s;
    e.evidence->state->netns = e.netns; // with its name
    e.evidence->match = policy_of(e) ? Match::exact : Match::nearest;
    return;
  }
  if (policy_of(e)) return;
  if (const State* d = find_tombstone(e, gone)) {
    e.evidence->deleted = *d;
    e.evidence->deleted->netns = e.netns;
  }
}

} // namespace xs
