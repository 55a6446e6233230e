// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets whose sequence number the replay window of their SA refuses.
#include "facts.hpp"
#include "rule.hpp"
#include "words.hpp"

#include <bit>

namespace xs {
namespace {

constexpr uint32_t kReordered = 4096; // packets: nothing is reordered further, and no window is larger

struct Replay {
  const State* s;
  uint32_t seq, top, behind;
};

std::optional<Replay> replay_of(const Event& e, Judgement& why_not) {
  const State* s = state_of(e);
  why_not = !s ? lacks(kNoState) : !s->live ? lacks(kNoLive) : lacks("the packet's sequence number");
  if (!s || !s->live || !e.packet || !e.packet->seq) return {};
  const uint32_t seq = *e.packet->seq, top = s->live->seq;
  return Replay{s, seq, top, top - seq};
}

Judgement replay_duplicate(const Event& e) {
  Judgement why_not;
  const auto r = replay_of(e, why_not);
  if (!r) return why_not;
  if (!r->seq || r->behind >= r->s->window) return no();
  if (!e.packet_evidence || !e.packet_evidence->replay_seen) return lacks("the replay window's bit for this packet");
  if (!*e.packet_evidence->replay_seen) return no();
  return holds(fmt::format("Sequence number {} was received before under {}: it lies inside the replay window of {} "
                           "(highest {}).",
                           r->seq, sa_text(*r->s), r->s->window, r->top));
}

std::string too_old_advice(const Replay& r) {
  if (r.behind >= kReordered)
    return fmt::format(
        "So far back nothing is reordered: the sender's numbers began anew. Delete the SA here and on the "
        "peer (ip xfrm state delete {}), and have both installed anew with a new key and SPI.",
        state_id(*r.s));
  const uint32_t size = std::max(32u, std::bit_ceil(r.behind + 1));
  if (r.behind > r.seq)
    return fmt::format(
        "If the peer installed its SA anew (an agent that restarted), its numbers began with 1: delete the "
        "SA on both sides (ip xfrm state delete {}), and have them installed with a new key and SPI. If "
        "packets are reordered that far, widen the replay-window above {} (replay-window {}).",
        state_id(*r.s), r.behind, size);
  return fmt::format("Widen the SA's replay-window above {} (ip xfrm state add ... replay-window {}; strongSwan: "
                     "replay_window = {}), and look for what reorders packets that far.",
                     r.behind, size, size);
}

// No window accepts sequence number 0.
Judgement number_zero(const State& s) {
  Judgement out = holds(
      fmt::format("Sequence number 0 lies left of every replay window: under {} numbers begin with 1.", sa_text(s)));
  out.advice = "Look at what sent this packet: a sender that does not count (a driver or card that encrypts, a packet "
               "generator), or one whose numbers went round. A wider replay-window does not help.";
  return out;
}

Judgement replay_too_old(const Event& e) {
  Judgement why_not;
  const auto r = replay_of(e, why_not);
  if (!r) return why_not;
  if (!r->seq) return number_zero(*r->s);
  if (!r->s->window || r->behind < r->s->window) return no();
  Judgement out = holds(fmt::format(
      "Sequence number {} is {} behind the highest one ({}) of {}: the replay window of {} is too small by {}{}.",
      r->seq, r->behind, r->top, sa_text(*r->s), r->s->window, r->behind - r->s->window + 1,
      r->behind > r->seq || r->behind >= kReordered ? ", or the sender's numbers began anew" : ""));
  out.advice = too_old_advice(*r);
  return out;
}

const Rule kRules[] = {
    {"replay-duplicate",
     {XfrmInStateSeqError},
     "the sequence number lies inside the replay window, and its bit is set",
     "A packet with this sequence number came before.",
     "Look for what duplicates packets (bonding, mirroring, an attack), or a peer whose SA restarted its numbers.",
     replay_duplicate},
    {"replay-too-old",
     {XfrmInStateSeqError},
     "the sequence number lies left of the replay window",
     "The packet came too late for the replay window.",
     "Widen the SA's replay-window (strongSwan: replay_window), and look for what reorders packets that far.",
     replay_too_old},
};

} // namespace

std::span<const Rule> inbound_replay_rules() {
  return kRules;
}

} // namespace xs
