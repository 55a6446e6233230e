// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that the transform of their SA refuses: integrity, lengths, the crypto driver.
#include "esn.hpp"
#include "facts.hpp"
#include "lengths.hpp"
#include "secpath.hpp"
#include "words.hpp"

#include <cerrno>

namespace xs {
namespace {

// IPComp also returns ENOSPC if the decompressed data do not fit.
bool queue_full(const State& s, uint16_t error) {
  return (error == ENOSPC && s.proto != "comp") || error == EBUSY || error == EAGAIN;
}

Judgement crypto_queue_full(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (r->bad_icv) return no();
  if (!r->error) return lacks(kNoTransformError);
  if (!queue_full(r->s, *r->error)) return no();
  return holds(
      fmt::format("The queue of the crypto driver that {}{} uses was full: the transform returned {}. Nothing is "
                  "wrong with the packet.",
                  sa_text(r->s), algorithms_text(r->s), error_text(*r->error)));
}

Judgement no_memory(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (r->bad_icv) return no();
  if (!r->error) return lacks(kNoTransformError);
  if (*r->error != ENOMEM) return no();
  const auto fits = ah_header_fits(e, r->s);
  if (r->s.proto == "ah" && !fits) return lacks(kNoLengths);
  if (r->s.proto == "ah" && !*fits) return no();
  return holds(
      fmt::format("There was no memory to undo {}{}: the transform returned {}. Nothing is wrong with the packet.",
                  sa_text(r->s), algorithms_text(r->s), error_text(*r->error)));
}

// " The SA was changed 3 s ago by x[1] without a new SPI."
std::string rekeyed_text(const State& s, const Event& e) {
  if (!s.changed) return {};
  return fmt::format(" The SA was changed{} without a new SPI.", ago_by_text(*s.changed, e.mono_ns));
}

// An SA is replaced by another one within this time; after it the peer has rekeyed, too.
constexpr uint64_t kLongestGap = 600'000'000'000; // ns

// False for a larval SA, which has no key and passes its SPI on to the one that replaces it.
bool had_key(const State& d) {
  return (d.crypto || d.auth) && d.removed && d.removed->how != How::replaced;
}

bool same_name(const State& a, const State& b) {
  return a.dst == b.dst && a.src == b.src && a.proto == b.proto && a.spi == b.spi && a.mark.value == b.mark.value &&
         a.mark.mask == b.mark.mask;
}

// The tombstone of the SA that this one replaced; null: none is known.
const State* predecessor_of(const Event& e, const State& s) {
  const State* d = deleted_of(e);
  if (!d || !same_name(*d, s) || !had_key(*d) || s.added.how == How::listed) return nullptr;
  if (!d->removed->mono_ns || !s.added.mono_ns || *d->removed->mono_ns > *s.added.mono_ns) return nullptr;
  return *s.added.mono_ns - *d->removed->mono_ns <= kLongestGap ? d : nullptr;
}

// " This SA was made anew 2.0 s ago by ip[302] (netlink); one with the same SPI was deleted 2.1 s ago by ..."
std::string anew_text(const Event& e, const State& s) {
  const State* before = predecessor_of(e, s);
  if (!before) return {};
  return fmt::format(" This SA was made anew{}; one with the same SPI was deleted{}: the peer may still use its key.",
                     ago_by_text(s.added, e.mono_ns), removal_text(*before, e.mono_ns));
}

// AH also authenticates the addresses of the packet.
bool address_changed(const Event& e, const State& s) {
  return s.proto == "ah" && e.packet && e.packet->src && !unspecified(s.src) && e.packet->src != s.src;
}

std::string nat_text(const Event& e, const State& s) {
  if (!address_changed(e, s)) return {};
  return fmt::format(
      " The packet came from {}, but the SA is from {}: AH covers the addresses and does not survive NAT.",
      *e.packet->src, *s.src);
}

// The transform, other than AH, that was undone right before AH in the same pass: the IP header, which AH covers, still
// names it.
const SecpathEntry* around_ah(const Event& e, const State& s) {
  const auto* secpath = secpath_of(e);
  if (s.proto != "ah" || !secpath || secpath->size() < 2) return nullptr;
  const SecpathEntry &self = secpath->back(),
                     &around = secpath->end()[-2]; // the kernel adds an SA to the secpath before its transform
  const bool in_order = self.proto == s.proto && self.spi == s.spi;
  return in_order && around.mode == "transport" && around.proto != "ah" ? &around : nullptr;
}

std::string around_text(const Event& e, const State& s) {
  const SecpathEntry* around = around_ah(e, s);
  if (!around) return {};
  return fmt::format(" It was in transport mode within {0}: AH covers the protocol in the IP header, where Linux still "
                     "has that of {0}, so that the check cannot succeed, whatever the key.",
                     around->proto);
}

// The parts of the IP header that must not change on the way (RFC 4302, 3.3.3.1).
std::string covered_text(const State& s) {
  if (s.proto != "ah") return {};
  return is_ipv6(packet_end(s.dst))
             ? ": AH covers the IPv6 header and its options, too, but for hop limit, traffic class, flow label, and "
               "options that are marked as changing"
             : ": AH covers the IP header, too, but for TOS, flags, fragment offset, TTL and checksum";
}

std::string icv_advice(const Event& e, const State& s) {
  if (const SecpathEntry* around = around_ah(e, s))
    return fmt::format(
        "Let the peer apply AH last, around {0} (the order of the policy's templates), or do without AH: "
        "{0} in AH works, AH in {0} does not in transport mode.",
        around->proto);
  if (address_changed(e, s))
    return fmt::format(
        "Keep NAT away from AH (from {}), or use ESP with NAT traversal in its place: ESP does not cover the "
        "outer addresses.",
        *e.packet->src);
  const std::string icv = icv_bytes(s) ? fmt::format(" (here {} bits)", *icv_bytes(s) * 8) : "";
  const char* const anew =
      predecessor_of(e, s)
          ? "Install the new key at the peer, too (restart the connection there), and use a new SPI for "
            "each new key, so that late packets under the old one are recognized. "
          : "";
  return anew +
         fmt::format(
             "Compare key, algorithm, ICV length{} and ESN (here {}) of both peers: ip xfrm state get {} (on both). "
             "If they agree, something alters packets on the way{}.",
             icv, uses_esn(s) ? "on" : "off", state_id(s), covered_text(s));
}

Judgement icv_mismatch(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (!r->bad_icv) return no();
  if (const auto missing = esn_lacks(e, r->s)) return lacks(*missing);
  const std::string icv = icv_text(r->s);
  const bool explained = around_ah(e, r->s) || address_changed(e, r->s);
  const UpperHalf upper = explained ? UpperHalf{} : upper_half_of(e, r->s);
  Judgement out =
      holds(fmt::format("The packet's integrity check failed under {}{}{}: {}.{}{}{}{}{}", sa_text(r->s),
                        algorithms_text(r->s), icv.empty() ? "" : ", " + icv, failure_text(e), rekeyed_text(r->s, e),
                        explained ? "" : anew_text(e, r->s), nat_text(e, r->s), around_text(e, r->s), upper.why));
  out.advice = icv_advice(e, r->s) + upper.advice;
  return out;
}

std::string stayed_text(const Event& e) {
  return e.packet_evidence->integrity
             ? fmt::format(" (integrity_failed stayed at {})", e.packet_evidence->integrity->after)
             : "";
}

Judgement malformed_comp(const Event&, const Refusal& r) {
  Judgement out =
      holds(fmt::format("The packet does not decompress under {}{}: the transform returned {}. IPComp has no "
                        "authentication of its own.",
                        sa_text(r.s), algorithms_text(r.s), error_text(*r.error)));
  out.advice =
      fmt::format("Compare the compression algorithm of both peers: ip xfrm state get {} (on both).", state_id(r.s));
  return out;
}

Judgement malformed_esp(const Event& e, const Refusal& r) {
  const auto room = esp_room(e, r.s);
  if (!room) return lacks(kNoLengths);
  if (room->len < room->least()) return no();
  const char* const contents = "a dummy packet (next header 59), or bad padding";
  if (room->icv)
    return holds(fmt::format("The packet is authentic under {}{}, but what it holds is unusable: {}.", sa_text(r.s),
                             stayed_text(e), contents));
  return holds(
      fmt::format("What the packet holds is unusable under {}{}{}: {}. That SA authenticates nothing, so that a "
                  "wrong key looks the same.",
                  sa_text(r.s), algorithms_text(r.s), stayed_text(e), contents));
}

Judgement malformed_payload(const Event& e) {
  Judgement why_not;
  const auto r = refusal_of(e, why_not);
  if (!r) return why_not;
  if (r->bad_icv) return no();
  if (!r->error) return lacks(kNoTransformError);
  const bool comp = r->s.proto == "comp";
  if (*r->error != EINVAL && !(comp && *r->error == ENOSPC)) return no();
  if (comp) return malformed_comp(e, *r);
  if (r->s.proto == "esp") return malformed_esp(e, *r);
  return holds(
      fmt::format("The IP options or extension headers of the packet cannot be made ready for the integrity check "
                  "of {}{}, which was not made.",
                  sa_text(r->s), stayed_text(e)));
}

const Rule kRules[] = {
    {"esn-window",
     {XfrmInStateProtoError},
     "the SA has ESN, the integrity check failed, and the sequence number lies left of the replay window, where the "
     "kernel takes it for another one",
     "The kernel mistook the packet's extended sequence number, so that its integrity check cannot succeed.",
     "Far below the highest number: install both peers' SAs anew, with a new key and SPI. Near it: widen "
     "replay-window.",
     esn_window},
    {"icv-length",
     {XfrmInStateProtoError},
     "AH: the length of the packet's header is not that of the SA's ICV",
     "The peers use ICVs of different length.",
     "Give the SAs of both peers the same algorithm and truncation (auth-trunc).",
     icv_length},
    {"too-short",
     {XfrmInStateProtoError},
     "the packet is shorter than header, IV, ICV and trailer of its SA",
     "The packet cannot hold what its SA demands.",
     "A broken sender or a scan, if few and from elsewhere; from the peer: compare algorithm and ICV length of both "
     "SAs.",
     too_short},
    {"crypto-queue-full",
     {XfrmInStateProtoError},
     "the transform returned ENOSPC, EBUSY or EAGAIN",
     "The queue of an asynchronous crypto driver (cryptd, pcrypt, a card) was full.",
     "Look which driver the algorithm has (grep -B1 -A6 NAME /proc/crypto), and lengthen its queue (module parameter "
     "cryptd.cryptd_max_cpu_qlen, or the card's) or use a synchronous driver.",
     crypto_queue_full},
    {"no-memory",
     {XfrmInStateProtoError},
     "the transform returned ENOMEM; AH: and the lengths of its header are right",
     "The kernel had no memory for the packet.",
     "Look at the node's free memory, and for page allocation failures in dmesg (vm.min_free_kbytes).",
     no_memory},
    {"icv-mismatch",
     {XfrmInStateProtoError},
     "the transform returned EBADMSG, or the SA's integrity_failed rose with this packet",
     "The packet's integrity check failed.",
     "Compare keys and algorithms of both peers: keys changed without a new SPI, or something alters packets on the "
     "way.",
     icv_mismatch},
    {"malformed-payload",
     {XfrmInStateProtoError},
     "the transform returned EINVAL for a packet that is long enough; integrity_failed did not rise",
     "What the packet holds is unusable.",
     "Often harmless dummy packets for traffic flow confidentiality; otherwise look at the peer's implementation.",
     malformed_payload},
};

} // namespace

std::span<const Rule> inbound_integrity_rules() {
  return kRules;
}

} // namespace xs
