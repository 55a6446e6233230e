// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accessors of events for rules. Pure.
#pragma once

#include "../model/event.hpp"

#include <algorithm>
#include <string_view>

namespace xs {

inline const State* state_of(const Event& e) {
  return e.evidence && e.evidence->state ? &*e.evidence->state : nullptr;
}

inline const StateLive* live_of(const Event& e) {
  const State* s = state_of(e);
  return s && s->live ? &*s->live : nullptr;
}

inline const State* deleted_of(const Event& e) {
  return e.evidence && e.evidence->deleted ? &*e.evidence->deleted : nullptr;
}

// The tombstone of the packet's SA, if that is dead; it says who removed it.
inline const State* tombstone_of_dead(const Event& e) {
  const StateLive* live = live_of(e);
  return live && live->km_state == "dead" ? deleted_of(e) : nullptr;
}

inline const Policy* policy_of(const Event& e) {
  return e.evidence && e.evidence->policy ? &*e.evidence->policy : nullptr;
}

inline bool searched(const Event& e) {
  return e.evidence && e.evidence->match != Match::unknown;
}

inline bool differs_in(const Event& e, std::string_view field) {
  return e.evidence && std::ranges::find(e.evidence->differs, field) != e.evidence->differs.end();
}

// The counting function, without the suffix of a part or clone (".cold", ".isra.0").
inline std::string_view function_of(const Event& e) {
  const std::string_view name = e.site ? std::string_view(e.site->function) : std::string_view();
  return name.substr(0, name.find('.'));
}

// The flow that policies and selectors were compared with: as it was looked up, or else that of the packet.
inline const PacketInfo* flow_of(const Event& e) {
  return e.looked_up ? &*e.looked_up : e.packet ? &*e.packet : nullptr;
}

// The mark that an inbound packet's SA was looked up with: its own, or the ikey of its VTI.
inline std::optional<uint32_t> lookup_mark(const Event& e) {
  if (e.packet_evidence && e.packet_evidence->ikey) return e.packet_evidence->ikey;
  return e.packet ? e.packet->mark : std::nullopt;
}

inline bool has_flag(const State& s, std::string_view name) {
  return std::ranges::find(s.flag_names, name) != s.flag_names.end();
}

inline bool is_ipv6(std::string_view address) {
  return address.find(':') != address.npos;
}

// True for the unspecified address, or none: both mean any address.
inline bool unspecified(const std::optional<std::string>& address) {
  return !address || *address == "0.0.0.0" || *address == "::";
}

inline constexpr const char* kNoMirror = "the mirror of states (its hooks are not there, or the event was not sent)";
inline constexpr const char* kNoState = "the SA that the packet held";
inline constexpr const char* kNoLive = "the SA's present state (it was gone before it could be read)";
inline constexpr const char* kNoIntegrity = "the SA's count of integrity failures before this packet";
inline constexpr const char* kNoTransformError = "the error number that the SA's transform returned";
inline constexpr const char* kNoLengths = "the lengths of the packet's headers";
inline constexpr const char* kNoPacket = "the packet";
inline constexpr const char* kNoPolicy = "the policy (the compiled kernel holds it no more at this point)";

} // namespace xs
