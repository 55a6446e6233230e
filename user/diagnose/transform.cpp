// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Computes lengths as the kernel does (esp4.c, esp6.c, ah4.c, ah6.c, xfrm_algo.c).
#include "transform.hpp"
#include "facts.hpp"
#include "words.hpp"

#include <cerrno>

namespace xs {
namespace {

constexpr uint32_t kEspHeader = 8, kAhHeader = 12;
constexpr uint32_t kLongestIv = 64; // a longer one means an unknown part of header_len

struct Named {
  const char* name;
  uint32_t number;
};

template <size_t N> std::optional<uint32_t> number_of(const Named (&table)[N], std::string_view name) {
  for (const Named& row : table)
    if (name == row.name) return row.number;
  return {};
}

// xfrm_algo.c, icv_fullbits: bits.
constexpr Named kFullIcv[] = {
    {"digest_null", 0},    {"hmac(md5)", 128},    {"hmac(sha1)", 160}, {"hmac(sha256)", 256}, {"hmac(sha384)", 384},
    {"hmac(sha512)", 512}, {"hmac(rmd160)", 160}, {"xcbc(aes)", 128},  {"cmac(aes)", 128},    {"hmac(sm3)", 256}};

// What encapsulations add to props.header_len.
constexpr Named kEncapBytes[] = {{"espinudp", 8}, {"espinudp-nonike", 16}, {"espintcp", 2}};

constexpr uint32_t kUsualIcvBits[] = {96, 128, 160, 192, 256, 384, 512};

uint32_t aligned(uint32_t n, uint32_t to) {
  return (n + to - 1) / to * to;
}

} // namespace

bool uses_esn(const State& s) {
  return s.esn && has_flag(s, "esn");
}

std::optional<uint32_t> icv_bytes(const State& s) {
  if (s.proto == "comp") return 0;
  if (s.crypto && s.crypto->kind == "aead") return s.crypto->icv_bits / 8;
  if (s.auth) return s.auth->icv_bits / 8;
  return s.crypto ? std::optional(0u) : std::nullopt;
}

std::optional<uint32_t> iv_bytes(const State& s, uint16_t header_len) {
  if (s.proto != "esp" || !s.dst) return {};
  uint32_t others = kEspHeader;
  if (s.mode == "tunnel")
    others += is_ipv6(*s.dst) ? 40 : 20;
  else if (s.mode != "transport")
    return {}; // beet and others add a length that depends on the packet
  if (s.encap) {
    const auto encap = number_of(kEncapBytes, s.encap->type);
    if (!encap) return {};
    others += *encap;
  }
  if (header_len < others || header_len - others > kLongestIv) return {};
  return header_len - others;
}

std::optional<AhLengths> ah_lengths(const State& s) {
  if (s.proto != "ah" || !s.auth || !s.dst) return {};
  const uint32_t align = !is_ipv6(*s.dst) && has_flag(s, "align4") ? 4 : 8;
  const uint32_t truncated = kAhHeader + s.auth->icv_bits / 8;
  AhLengths out{aligned(truncated, align), {}, aligned(truncated, align == 8 ? 4 : 8)};
  if (const auto full = number_of(kFullIcv, s.auth->name)) out.full = aligned(kAhHeader + *full / 8, align);
  return out;
}

std::string algorithms_text(const State& s) {
  if (s.crypto && s.auth) return fmt::format(" ({}, {})", s.crypto->name, s.auth->name);
  const auto& one = s.crypto ? s.crypto : s.auth;
  return one ? fmt::format(" ({})", one->name) : "";
}

std::string icv_text(const State& s) {
  const auto icv = icv_bytes(s);
  if (!icv) return {};
  return fmt::format("which has an ICV of {} bits and {}", *icv * 8, uses_esn(s) ? "ESN" : "no ESN");
}

std::string ah_icv_text(uint32_t ah_len) {
  const uint32_t align = ah_len % 8 ? 4 : 8;
  std::string out;
  for (const uint32_t bits : kUsualIcvBits)
    if (aligned(kAhHeader + bits / 8, align) == ah_len) out += fmt::format("{}{}", out.empty() ? "" : " or ", bits);
  if (out.empty()) return fmt::format("at most {} bits", ah_len > kAhHeader ? (ah_len - kAhHeader) * 8 : 0);
  return out + " bits";
}

std::optional<Refusal> refusal_of(const Event& e, Judgement& why_not) {
  const State* s = state_of(e);
  why_not = s ? lacks(kNoIntegrity) : lacks(kNoState);
  if (!s || !e.packet_evidence || (!e.packet_evidence->error && !e.packet_evidence->integrity)) return {};
  const auto& error = e.packet_evidence->error;
  const auto& counted = e.packet_evidence->integrity;
  const bool rose = counted && counted->after > counted->before;
  if (error && counted && rose != (*error == EBADMSG)) {
    why_not = lacks(fmt::format("evidence that agrees (the transform returned {}, but integrity_failed {})",
                                error_text(*error),
                                rose ? fmt::format("rose from {} to {}", counted->before, counted->after)
                                     : fmt::format("stayed at {}", counted->after)));
    return {};
  }
  return Refusal{*s, error, error ? *error == EBADMSG : rose};
}

std::string failure_text(const Event& e) {
  if (e.packet_evidence->integrity)
    return fmt::format("integrity_failed rose from {} to {}", e.packet_evidence->integrity->before,
                       e.packet_evidence->integrity->after);
  return fmt::format("the transform returned {}", error_text(EBADMSG));
}

} // namespace xs
