// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Tries the rules in their order.
#include "diagnose.hpp"
#include "counters.hpp"
#include "flow.hpp"
#include "words.hpp"
#include "../model/loss.hpp"

#include <algorithm>
#include <array>

namespace xs {
namespace {

using Rules = std::span<const Rule> (*)();
constexpr Rules kRules[] = {inbound_state_rules, inbound_integrity_rules, inbound_replay_rules, inbound_packet_rules,
                            discovery_rules,     near_policy_rules,       missing_policy_rules, inbound_policy_rules,
                            outbound_rules,      outbound_packet_rules,   outbound_loss_rules,  interface_loss_rules,
                            queue_loss_rules,    inbound_loss_rules,      decrypted_loss_rules};

void add_missing(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& one : from)
    if (std::ranges::find(to, one) == to.end()) to.push_back(one);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& p : parts)
    out += (out.empty() ? "" : "; ") + p;
  return out;
}

// True if the error number was returned by ESP, AH or IPComp.
bool transformed(const Event& e) {
  return counter_way(e.counter) == Way::in && !is_loss(e.counter);
}

// The sentence of an event that no rule explains.
std::string bare_why(const Event& e, const std::vector<std::string>& missing) {
  std::string out(counter_help(e.counter).meaning);
  if (e.site)
    out += fmt::format(" It was {} at {}+{:#x}.", is_loss(e.counter) ? "lost" : "counted", e.site->function,
                       e.site->offset);
  if (e.packet_evidence && e.packet_evidence->error)
    out += fmt::format(" {} {}.", transformed(e) ? "The SA's transform returned" : "The kernel's function returns",
                       error_text(*e.packet_evidence->error));
  if (!missing.empty()) out += fmt::format(" Not known: {}.", joined(missing));
  return out;
}

std::string bare_advice(uint8_t counter) {
  const auto& look = counter_help(counter).look;
  return fmt::format("Look further with: {}; xfrm-snap explain {} tells more.",
                     look.empty() ? std::string_view("xfrm-snap --stack -c 1") : look.front(), kind_name(counter));
}

} // namespace

namespace {

std::vector<const Rule*> find_rules(uint8_t counter) {
  std::vector<const Rule*> out;
  for (const Rules rules : kRules)
    for (const Rule& r : rules())
      if (std::ranges::find(r.counters, counter) != r.counters.end()) out.push_back(&r);
  return out;
}

} // namespace

const std::vector<const Rule*>& rules_of(uint8_t counter) {
  static const auto kAll = [] {
    std::array<std::vector<const Rule*>, 256> out;
    for (size_t i = 0; i < out.size(); i++)
      out[i] = find_rules(static_cast<uint8_t>(i));
    return out;
  }();
  return kAll[counter];
}

std::optional<uint8_t> counter_or_loss(std::string_view name) {
  if (const auto counter = counter_index(name)) return counter;
  for (const LossKind& kind : told_losses()) {
    const auto named = [name](const Rule* r) { return name == r->cause; };
    if (name == kind.name || std::ranges::any_of(rules_of(kind.index), named)) return kind.index;
  }
  return {};
}

std::vector<std::string> loss_names() {
  std::vector<std::string> out;
  const auto add = [&](const char* name) {
    if (std::ranges::find(out, name) == out.end()) out.emplace_back(name);
  };
  for (const LossKind& kind : told_losses()) {
    add(kind.name);
    for (const Rule* r : rules_of(kind.index))
      add(r->cause);
  }
  return out;
}

Finding diagnose(const Event& e) {
  Finding out;
  for (const Rule* rule : rules_of(e.counter)) {
    Judgement j = rule->judge(e);
    if (j.holds)
      return {rule->cause, j.why + second_chance(e), j.advice.empty() ? rule->advice : std::move(j.advice),
              std::move(j.missing)};
    add_missing(out.missing, j.missing);
  }
  out.why = bare_why(e, out.missing);
  out.advice = bare_advice(e.counter);
  return out;
}

} // namespace xs
