// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets that the transform of their SA refuses, for tests of their causes.
#pragma once

#include "events.hpp"

#include <cerrno>

namespace xs::test {

inline constexpr const char* kSa = "the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101";

// `error` 0: not known.
inline Event refused(uint16_t error, State s = sa()) {
  Event e = event(XfrmInStateProtoError, "xfrm_input");
  e.packet = esp(0x101, 5);
  e.packet->proto = s.proto;
  e.evidence = found(Match::held, std::move(s));
  e.packet_evidence.emplace();
  if (error) e.packet_evidence->error = error;
  return e;
}

// ESP in transport mode: 8 bytes of header, 8 of IV.
inline Event esp_of(uint32_t len, uint16_t error) {
  Event e = refused(error);
  e.packet_evidence->transform = TransformSizes{len, 16, {}};
  return e;
}

inline State ah(uint16_t icv_bits, const char* algorithm = "hmac(sha256)") {
  State s = sa();
  s.proto = "ah";
  s.crypto = {};
  s.auth = Algorithm{"auth-trunc", algorithm, 256, icv_bits};
  return s;
}

inline Event ah_of(uint16_t ah_len, State s, uint16_t error = ENOMEM) {
  Event e = refused(error, std::move(s));
  e.packet_evidence->transform = TransformSizes{100, 24, ah_len};
  return e;
}

inline std::string cause(const Event& e) {
  return diagnose(e).cause;
}

inline bool advises(const Event& e, const std::string& text) {
  return diagnose(e).advice.find(text) != std::string::npos;
}

} // namespace xs::test
