// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a rule is: a cause, the counters that it explains, and a judgement of an event. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"

#include <fmt/format.h>
#include <span>

namespace xs {

// What a rule says of an event. Neither holds nor lacks: the evidence is there, and says no.
struct Judgement {
  bool holds = false;
  std::string why;                  // holds
  std::vector<std::string> missing; // what it lacks; of one that holds: what would have told more
  std::string advice;               // holds: instead of the rule's own; empty: that
};

inline Judgement no() {
  return {};
}

inline Judgement holds(std::string why) {
  return {.holds = true, .why = std::move(why), .missing = {}, .advice = {}};
}

inline Judgement lacks(std::string evidence) {
  return {.holds = false, .why = {}, .missing = {std::move(evidence)}, .advice = {}};
}

struct Rule {
  const char* cause;
  std::vector<uint8_t> counters;
  const char* evidence; // in words
  const char* meaning;  // what it is, in a sentence
  const char* advice;
  Judgement (*judge)(const Event&);
};

// In the order in which they are tried. Each has a file of its own.
std::span<const Rule> inbound_state_rules();
std::span<const Rule> inbound_integrity_rules();
std::span<const Rule> inbound_replay_rules();
std::span<const Rule> inbound_packet_rules();
std::span<const Rule> near_policy_rules();
std::span<const Rule> missing_policy_rules();
std::span<const Rule> inbound_policy_rules();
std::span<const Rule> discovery_rules();
std::span<const Rule> outbound_rules();
std::span<const Rule> outbound_packet_rules();
// Of losses; see ../model/loss.hpp.
std::span<const Rule> outbound_loss_rules();
std::span<const Rule> interface_loss_rules();
std::span<const Rule> queue_loss_rules();
std::span<const Rule> inbound_loss_rules();
std::span<const Rule> decrypted_loss_rules();

} // namespace xs
