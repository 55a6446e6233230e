// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Compares lengths of packets with those that their SAs require.
#include "lengths.hpp"
#include "facts.hpp"
#include "words.hpp"

#include <cerrno>

namespace xs {
namespace {

constexpr uint32_t kAhHeader = 12; // bytes, without the ICV

const TransformSizes* sizes_of(const Event& e) {
  return e.packet_evidence && e.packet_evidence->transform ? &*e.packet_evidence->transform : nullptr;
}

// ah_input() starts with ENOMEM, and returns that also for a header that it does not accept.
bool refused_header(const Refusal& r) {
  return !r.bad_icv && (!r.error || *r.error == ENOMEM);
}

// True if the AH header has a length that the SA does not accept; none: not known.
std::optional<bool> wrong_header(const AhLengths& takes, uint32_t has) {
  if (has == takes.truncated || has == takes.full) return false;
  return takes.full ? std::optional(true) : std::nullopt;
}

// The peer may use the same ICV, but pad its header to the other alignment.
std::string padding_text(const State& s, const AhLengths& takes, uint32_t has) {
  if (has != takes.other_padding || is_ipv6(*s.dst)) return {};
  return has_flag(s, "align4") ? " The peer may have the same ICV, padded to 8 bytes, but this SA has flag align4."
                               : " The peer may have the same ICV, padded to 4 bytes, which this SA takes with flag "
                                 "align4 only.";
}

std::string icv_length_advice(const State& s, bool padding) {
  const char* const sha256 = "; Linux truncates hmac(sha256) to 96 bits where no length is given, RFC 4868 to 128";
  return fmt::format(
      "Give the SAs of both peers the same algorithm and truncation: here it is auth-trunc '{}' KEY {}{}. "
      "Compare with: ip xfrm state get {} (on both).{}",
      s.auth->name, s.auth->icv_bits, s.auth->name == "hmac(sha256)" ? sha256 : "", state_id(s),
      !padding                ? ""
      : has_flag(s, "align4") ? " Or install this SA without flag align4."
                              : " Or install this SA with flag align4.");
}

// The error number is that of a wrong length.
bool may_be_length(const Refusal& r) {
  return r.bad_icv || !r.error || *r.error == EINVAL;
}

Judgement short_esp(const Event& e, const Refusal& r) {
  if (!may_be_length(r)) return no();
  const auto room = esp_room(e, r.s);
  if (!room) return lacks(kNoLengths);
  if (room->len >= room->least() || (r.bad_icv && room->unchecked())) return no();
  const char* checked = room->unchecked() ? ", and the kernel refused it before it looked at its integrity"
                        : r.bad_icv       ? ", and its integrity check failed"
                                          : "";
  return holds(
      fmt::format("The packet has {} of ESP, but under {}{} it has at least {}: {} of header, {} of IV, {} of ICV "
                  "and {} of trailer{}.",
                  bytes_text(room->len), sa_text(r.s), algorithms_text(r.s), room->least(), kEspHeader, room->iv,
                  room->icv, kEspTrailer, checked));
}

Judgement short_ah(const Event& e, const Refusal& r) {
  if (!refused_header(r)) return no();
  const TransformSizes* z = sizes_of(e);
  if (!z || !z->ah_len) return lacks(kNoLengths);
  if (*z->ah_len < kAhHeader)
    return holds(
        fmt::format("The packet's AH header says that it has {}, but no AH header has less than {}: the packet "
                    "was never authenticated under {}.",
                    bytes_text(*z->ah_len), kAhHeader, sa_text(r.s)));
  if (z->len >= *z->ah_len) return no();
  return holds(
      fmt::format("The packet ends within its AH header: it has {} of the {} that the header says, and was never "
                  "authenticated under {}.",
                  bytes_text(z->len), *z->ah_len, sa_text(r.s)));
}

} // namespace

std::optional<EspRoom> esp_room(const Event& e, const State& s) {
  const TransformSizes* z = sizes_of(e);
  const auto icv = icv_bytes(s);
  const auto iv = z ? iv_bytes(s, z->header_len) : std::nullopt;
  if (!iv || !icv) return {};
  return EspRoom{*iv, *icv, z->len};
}

std::optional<bool> ah_header_fits(const Event& e, const State& s) {
  const auto takes = ah_lengths(s);
  const TransformSizes* z = sizes_of(e);
  if (!takes || !z || !z->ah_len) return {};
  const auto wrong = wrong_header(*takes, *z->ah_len);
  return wrong ? std::optional(!*wrong && z->len >= *z->ah_len) : std::nullopt;
}

Judgement icv_length(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (r->s.proto != "ah" || !refused_header(*r)) return no();
  const auto takes = ah_lengths(r->s);
  const TransformSizes* z = sizes_of(e);
  if (!takes || !z || !z->ah_len) return lacks(kNoLengths);
  if (*z->ah_len < kAhHeader) return no(); // such a header has no room for an ICV
  const auto wrong = wrong_header(*takes, *z->ah_len);
  if (!wrong) return lacks(fmt::format("the full length of the ICV of {}", r->s.auth->name));
  if (!*wrong) return no();
  const std::string padding = padding_text(r->s, *takes, *z->ah_len);
  Judgement out = holds(fmt::format("The packet's AH header has {} bytes, which is an ICV of {}, but {}{} has an ICV "
                                    "of {} bits and takes a header of {} "
                                    "bytes.{}",
                                    *z->ah_len, ah_icv_text(*z->ah_len), sa_text(r->s), algorithms_text(r->s),
                                    r->s.auth->icv_bits, takes->truncated, padding));
  out.advice = icv_length_advice(r->s, !padding.empty());
  return out;
}

Judgement too_short(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (r->s.proto == "esp") return short_esp(e, *r);
  return r->s.proto == "ah" ? short_ah(e, *r) : no();
}

} // namespace xs
