// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints evidence and changes.
#include "mirror_text.hpp"
#include "actor_words.hpp"
#include "xfrm_words.hpp"
#include "../model/joined.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

// "  expired"; nothing for a valid state.
std::string km_words(const State& s) {
  if (!s.live) return "  gone";
  return s.live->km_state == "valid" ? "" : "  " + s.live->km_state;
}

// "  (differs: mark, if_id)"
std::string differs_words(const std::vector<std::string>& fields) {
  return fields.empty() ? "" : fmt::format("  (differs: {})", joined(fields, ", "));
}

std::string change_line(const std::string& time, const std::string& what, const Netns& netns, const std::string& words,
                        const Actor& by) {
  const std::string doer = by_words(by);
  return fmt::format("{}{}  netns {}  {}{}{}\n", time, what, netns_text(netns), words, doer.empty() ? "" : " ", doer);
}

// "expire hard"
std::string op_words(const Change& c) {
  return c.hard ? fmt::format("{} {}", c.op, *c.hard ? "hard" : "soft") : c.op;
}

} // namespace

std::string evidence_text(const Evidence& e, uint64_t mono_ns, const TextStyle& style) {
  std::string out;
  if (e.state) out += row("state", state_words(*e.state, e.differs, style.color) + km_words(*e.state), style);
  if (e.deleted) {
    const std::string deed = e.deleted->removed ? actor_words(*e.deleted->removed, mono_ns) : "";
    out += row("deleted", fmt::format("{}, deleted{}", state_words(*e.deleted), deed), style);
  }
  if (e.policy) out += row("policy", policy_words(*e.policy), style);
  if (e.other_policy) out += row("joined", policy_words(*e.other_policy), style);
  if (e.near) out += row("near", policy_words(e.near->policy) + differs_words(e.near->differs), style);
  return out;
}

std::string to_text(const Change& c, const TextStyle& style) {
  const std::string time = time_text(c.real_ns, c.mono_ns, style);
  if (const State* s = std::get_if<State>(&c.object))
    return change_line(time, "state " + op_words(c), s->netns, state_words(*s), c.by);
  const Policy& p = std::get<Policy>(c.object);
  return change_line(time, "policy " + op_words(c), p.netns, policy_words(p), c.by);
}

std::string to_text(const DefaultsChange& c, const TextStyle& style) {
  const std::string words = fmt::format("default in {} fwd {} out {}", c.in, c.fwd, c.out);
  return change_line(time_text(c.real_ns, c.mono_ns, style), "policy update", c.netns, words, c.by);
}

} // namespace xs
