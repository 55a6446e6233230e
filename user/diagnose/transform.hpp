// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Properties of an SA's transform (ESP, AH, IPComp): lengths in bytes, algorithms, why it refused a packet. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// True for extended sequence numbers. State::esn does not prove them: the kernel uses that form for any window
// above 32.
bool uses_esn(const State& s);

// The length of the SA's integrity check value; 0: it authenticates nothing.
std::optional<uint32_t> icv_bytes(const State& s);
// The length of an ESP SA's initialization vector. `header_len`: props.header_len.
std::optional<uint32_t> iv_bytes(const State& s, uint16_t header_len);

// Lengths of an AH header that the SA accepts: with the ICV truncated as the SA says, and in full.
struct AhLengths {
  uint32_t truncated = 0;
  std::optional<uint32_t> full; // none: an algorithm that is newer than this program
  uint32_t other_padding = 0;   // truncated, but padded to the other alignment: 4 bytes in place of 8, or the reverse
};
std::optional<AhLengths> ah_lengths(const State& s);

// " (rfc4106(gcm(aes)))", " (cbc(aes), hmac(sha256))"; empty: not known.
std::string algorithms_text(const State& s);
// "which has an ICV of 128 bits and no ESN"; empty: not known.
std::string icv_text(const State& s);
// The possible lengths of the ICV in an AH header of this length: "96 bits", "128 or 160 bits".
std::string ah_icv_text(uint32_t ah_len);

// Why an SA's transform refused an inbound packet.
struct Refusal {
  const State& s;
  std::optional<uint16_t> error; // that the transform returned
  bool bad_icv = false;          // the integrity check failed
};

// None if too little is known or the evidence is contradictory: `why_not` says what is missing.
std::optional<Refusal> refusal_of(const Event& e, Judgement& why_not);

// "EBADMSG", or the statistic that rose, whichever is known.
std::string failure_text(const Event& e);

} // namespace xs
