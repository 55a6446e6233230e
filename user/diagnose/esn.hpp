// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which of the 2^64 extended numbers the kernel takes a packet's 32 bits for. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// The replay window of an SA with ESN, as the packet met it.
struct EsnWindow {
  uint32_t top = 0;           // the highest number so far, its lower 32 bits
  uint32_t size = 0;          // packets
  std::optional<uint32_t> hi; // the upper 32 bits of `top`
};

// What the kernel took the number for (xfrm_replay_seqhi), as far as that cannot have been what the sender meant.
enum class EsnMistake : uint8_t {
  none,     // in the window or right of it: what the sender meant, as far as is known
  next,     // left of the window, taken for one of the next 2^32
  present,  // of the 2^32 before `top`'s and left of the window, taken for one far ahead
  negative, // taken for one before the first
  unknown,  // needs EsnWindow::hi
};
EsnMistake esn_mistake(uint32_t seq, const EsnWindow& w);

// An SA with ESN, and an integrity check that failed because of such a mistake.
Judgement esn_window(const Event& e);
// None: the packet's number is no mistake, or the SA has no ESN; what lacks to tell, otherwise.
std::optional<std::string> esn_lacks(const Event& e, const State& s);

// The upper half of the sender's numbers is not in its packets, and may be another one than here. Said of an SA with
// ESN under which no packet was authentic yet, so that nothing has shown that they agree.
struct UpperHalf {
  std::string why;    // where the sender's numbers began before this SA; a sentence after a space
  std::string advice; // a sentence after a space
};
UpperHalf upper_half_of(const Event& e, const State& s);

} // namespace xs
