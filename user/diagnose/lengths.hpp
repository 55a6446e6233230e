// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets whose length is not what their SA (ESP, AH) requires. Pure.
#pragma once

#include "transform.hpp"

namespace xs {

inline constexpr uint32_t kEspHeader = 8, kEspTrailer = 2; // bytes

// The lengths of an ESP packet, and those that its SA requires, bytes.
struct EspRoom {
  uint32_t iv = 0, icv = 0, len = 0;
  uint32_t least() const { return kEspHeader + iv + icv + kEspTrailer; }
  // The kernel refuses it before it checks the ICV.
  bool unchecked() const { return len < kEspHeader + iv + std::max(icv, 1u); }
};
std::optional<EspRoom> esp_room(const Event& e, const State& s);

// True if the SA accepts the length of the AH header and the packet contains all of it; none: not known.
std::optional<bool> ah_header_fits(const Event& e, const State& s);

// AH: the header's ICV is not that of the SA.
Judgement icv_length(const Event& e);
// ESP: no room for header, IV, ICV and trailer; AH: the packet ends within its header.
Judgement too_short(const Event& e);

} // namespace xs
