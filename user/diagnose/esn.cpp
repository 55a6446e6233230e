// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds mistakes about extended sequence numbers.
#include "esn.hpp"
#include "facts.hpp"
#include "transform.hpp"
#include "words.hpp"

#include <bit>

namespace xs {
namespace {

constexpr uint32_t kMostLost = 1u << 24;      // packets in a row: a number further ahead cannot have been meant
constexpr uint32_t kMostReordered = 1u << 16; // packets
constexpr uint32_t kWidest = 4096;            // XFRMA_REPLAY_ESN_MAX: the largest window that the kernel accepts

struct Sight {
  uint32_t seq;
  EsnWindow window;
};

std::optional<Sight> sight_of(const Event& e, const State& s) {
  if (!s.live || !e.packet || !e.packet->seq) return {};
  return Sight{*e.packet->seq, {s.live->seq, s.window, s.live->seq_hi}};
}

std::string widen_advice(uint32_t behind) {
  const uint32_t size = std::max(32u, std::bit_ceil(behind + 1));
  if (size > kWidest)
    return fmt::format("Look for what reorders packets by {}: the kernel's widest replay window is {}.", behind,
                       kWidest);
  return fmt::format("Widen the replay window above {}: install the SA with flag esn replay-window {} (strongSwan: "
                     "replay_window = {}); and look for what reorders packets that far.",
                     behind, size, size);
}

// Nearer to `top` than to the first number, and no further than packets are reordered.
bool nearer_to_top(const Sight& at) {
  const uint32_t behind = at.window.top - at.seq;
  return behind <= at.seq && behind < kMostReordered;
}

std::string reinstall_advice(const State& s) {
  return fmt::format(
      "Delete this SA here and on the peer (ip xfrm state delete {}), and have both installed anew with a "
      "new key and SPI",
      state_id(s));
}

Judgement began_anew(const Sight& at, const State& s) {
  Judgement out = holds(fmt::format(
      "Sequence number {} lies far left of the replay window of {} under {} (highest {}). With ESN the kernel takes it "
      "for one of the next 2^32 numbers, so that the integrity check cannot succeed, whatever the key: the sender's "
      "numbers began anew, as its SA was installed anew or the peer's agent restarted.",
      at.seq, at.window.size, sa_text(s), at.window.top));
  out.advice = reinstall_advice(s) + ": the peer's agent must rekey when it restarts.";
  return out;
}

Judgement reordered(const Sight& at, const State& s, const char* taken_for) {
  const uint32_t behind = at.window.top - at.seq;
  Judgement out = holds(fmt::format(
      "Sequence number {} is {} behind the highest one ({}) of {}, left of its replay window of {} by {}. With ESN the "
      "kernel takes it for one of {}, so that the integrity check cannot succeed, whatever the key: packets are "
      "reordered further than the window reaches.",
      at.seq, behind, at.window.top, sa_text(s), at.window.size, behind - at.window.size + 1, taken_for));
  out.advice =
      widen_advice(behind) +
      fmt::format(" If all packets fail, the sender's numbers began anew: delete the SA here and on the peer (ip "
                  "xfrm state delete {}), and have both installed anew.",
                  state_id(s));
  return out;
}

bool within(uint32_t distance) {
  return distance < kMostReordered || -distance < kMostReordered;
}

// True if no packet confirmed the upper half; if the numbers of the SA were set, this one may confirm the lower half.
bool nothing_shows_upper_half(const Sight& at, const State& s) {
  const bool set = at.window.top || *at.window.hi;
  return !s.live->used.packets && (!set || *at.window.hi || !within(at.seq - at.window.top));
}

// The number of packets sent before, which is far more than failed here, as some are lost on the way.
std::optional<uint32_t> sent_before(const Event& e, const Sight& at, const State& s) {
  const uint32_t failed = e.packet_evidence->integrity ? e.packet_evidence->integrity->after : s.live->integrity_failed;
  const bool fresh = !at.window.top && !*at.window.hi;
  return fresh && at.seq / 2 > failed + 16 ? std::optional(failed) : std::nullopt;
}

Judgement before_the_first(const Sight& at, const State& s) {
  Judgement out = holds(fmt::format(
      "Sequence number {} is far ahead of the highest one so far ({}) of {}, so far that its replay window of {} "
      "reaches "
      "it from the other side. With ESN the kernel takes it for a number before the first, so that the integrity check "
      "cannot succeed, whatever the key: this side's SA began anew, and the sender's did not.",
      at.seq, at.window.top, sa_text(s), at.window.size));
  out.advice = reinstall_advice(s) + ".";
  return out;
}

} // namespace

EsnMistake esn_mistake(uint32_t seq, const EsnWindow& w) {
  if (!w.size) return EsnMistake::none;
  const uint32_t bottom = w.top - w.size + 1, behind = w.top - seq, ahead = seq - w.top;
  const bool spans_two = w.top < w.size - 1; // the window reaches back into the 2^32 before
  if (!spans_two && seq < bottom) return ahead < kMostLost ? EsnMistake::none : EsnMistake::next;
  const bool wraps_back = spans_two && seq >= bottom;
  const bool late = !wraps_back && seq > w.top && behind >= w.size && behind < kMostReordered;
  if (!wraps_back && !late) return EsnMistake::none;
  if (!w.hi) return EsnMistake::unknown;
  if (wraps_back) return *w.hi ? EsnMistake::none : EsnMistake::negative;
  return *w.hi ? EsnMistake::present : EsnMistake::none;
}

std::optional<std::string> esn_lacks(const Event& e, const State& s) {
  if (!uses_esn(s)) return {};
  if (!s.live) return kNoLive;
  const auto at = sight_of(e, s);
  if (!at) return "the packet's sequence number, which ESN may have been mistaken about";
  if (esn_mistake(at->seq, at->window) == EsnMistake::unknown) return "the upper half of the SA's sequence number";
  return {};
}

UpperHalf upper_half_of(const Event& e, const State& s) {
  const auto at = uses_esn(s) ? sight_of(e, s) : std::nullopt;
  if (!at || !at->window.hi || !e.packet_evidence || !nothing_shows_upper_half(*at, s)) return {};
  const uint32_t hi = *at->window.hi;
  UpperHalf out;
  if (const auto failed = sent_before(e, *at, s))
    out.why = fmt::format(
        " No packet has come through this SA yet, but the sender is at number {}, and {} failed here: its numbers "
        "began before this SA did. If it is past 2^32, the check cannot succeed, whatever the key: this SA begins with "
        "0 as "
        "the upper half, which is not in the packet.",
        at->seq, *failed);
  out.advice =
      fmt::format(" If keys agree, compare the upper half of the numbers, which both commands show: the "
                  "peer's oseq-hi has to be the seq-hi here, {:#x}. If it is not (the sender may be past 2^32, "
                  "and this SA was made anew), have both installed anew with a new key and SPI.",
                  hi);
  return out;
}

Judgement esn_window(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (!r->bad_icv || !uses_esn(r->s)) return no();
  if (const auto missing = esn_lacks(e, r->s)) return lacks(*missing);
  const Sight at = *sight_of(e, r->s);
  switch (esn_mistake(at.seq, at.window)) {
  case EsnMistake::next:
    return nearer_to_top(at) ? reordered(at, r->s, "the next 2^32 numbers") : began_anew(at, r->s);
  case EsnMistake::present:
    return reordered(at, r->s, "the present 2^32 numbers, far ahead");
  case EsnMistake::negative:
    return before_the_first(at, r->s);
  default:
    return no();
  }
}

} // namespace xs
