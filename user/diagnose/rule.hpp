// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A rule: a cause, the counters that it explains, and a function that judges an event. Pure.
#pragma once

#include "../model/event.hpp"
#include "../model/records.hpp"

#include <fmt/format.h>
#include <span>

namespace xs {

// The judgement of a rule on an event. Neither holding nor missing anything: the evidence says no.
struct Judgement {
  bool holds = false;
  std::string why;                  // holds
  std::vector<std::string> missing; // missing evidence; if it holds: evidence that would say more
  std::string advice;               // holds: advice instead of the rule's; empty: the rule's
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
  const char* meaning;  // a sentence on what the cause is
  const char* advice;
  Judgement (*judge)(const Event&);
};

// In the order in which they are tried. Each table has its own file.
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
// Rules on losses; see ../model/loss.hpp.
std::span<const Rule> outbound_loss_rules();
std::span<const Rule> interface_loss_rules();
std::span<const Rule> queue_loss_rules();
std::span<const Rule> inbound_loss_rules();
std::span<const Rule> decrypted_loss_rules();

} // namespace xs
