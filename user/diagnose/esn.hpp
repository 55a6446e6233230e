// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which of the 2^64 extended sequence numbers the kernel takes the 32 bits in a packet for. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// The replay window of an SA with ESN when the packet arrived.
struct EsnWindow {
  uint32_t top = 0;           // the highest number so far, its lower 32 bits
  uint32_t size = 0;          // packets
  std::optional<uint32_t> hi; // the upper 32 bits of `top`
};

// What the kernel took the number for (xfrm_replay_seqhi), if the sender cannot have meant that.
enum class EsnMistake : uint8_t {
  none,     // in the window or ahead of it: as the sender meant it, as far as is known
  next,     // behind the window, taken for one of the next 2^32
  present,  // of the previous 2^32 and behind the window, taken for one far ahead
  negative, // taken for one before the first number
  unknown,  // needs EsnWindow::hi
};
EsnMistake esn_mistake(uint32_t seq, const EsnWindow& w);

// An SA with ESN, and an integrity check that failed because of such a mistake.
Judgement esn_window(const Event& e);
// The evidence that is missing to decide; none: the number is no mistake, or the SA has no ESN.
std::optional<std::string> esn_lacks(const Event& e, const State& s);

// The upper half of the sender's numbers is not in its packets, and may differ from ours. Used for an SA with ESN that
// has not received an authentic packet yet, so that nothing shows that they agree.
struct UpperHalf {
  std::string why;    // where the sender's numbers began before this SA; a sentence after a space
  std::string advice; // a sentence after a space
};
UpperHalf upper_half_of(const Event& e, const State& s);

} // namespace xs
