// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What an SA's transform (ESP, AH, IPComp) goes by: lengths in bytes, algorithms, why it refused a packet. Pure.
#pragma once

#include "rule.hpp"

namespace xs {

// Extended sequence numbers. State::esn alone is no proof: the kernel keeps any window above 32 in the same form.
bool uses_esn(const State& s);

// The SA's integrity check value; 0: it authenticates nothing.
std::optional<uint32_t> icv_bytes(const State& s);
// The initialization vector of an ESP SA, of which `header_len` is props.header_len.
std::optional<uint32_t> iv_bytes(const State& s, uint16_t header_len);

// Lengths of an AH header that the kernel takes under this SA: with the ICV truncated as the SA says, and in full.
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
// What the ICV may be of an AH header of this length: "96 bits", "128 or 160 bits".
std::string ah_icv_text(uint32_t ah_len);

// What is known of an inbound packet that its SA's transform refused.
struct Refusal {
  const State& s;
  std::optional<uint16_t> error; // that the transform returned
  bool bad_icv = false;          // the integrity check was made, and failed
};

// None where too little is known, or where what is known contradicts itself: `why_not` says what lacks.
std::optional<Refusal> refusal_of(const Event& e, Judgement& why_not);

// EBADMSG and a statistic that rose are the same: which one told.
std::string failure_text(const Event& e);

} // namespace xs
