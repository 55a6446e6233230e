// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that an SA could not send.
#include "facts.hpp"
#include "transform.hpp"
#include "words.hpp"
#include "../model/joined.hpp"

#include <cerrno>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kNoError = "the error number that the kernel's function returns";

// The ends of the policy's tunnels, each once: "192.0.2.2 or 198.51.100.2"; empty: no template names one.
std::string tunnel_ends(const Event& e) {
  std::vector<std::string> ends;
  if (e.evidence && e.evidence->wanted_dst) ends.push_back(*e.evidence->wanted_dst);
  const Policy* p = policy_of(e);
  for (const Template& t : p&& ends.empty() ? p->templates : std::vector<Template>())
    if (t.mode != "transport" && t.dst && std::ranges::find(ends, *t.dst) == ends.end()) ends.push_back(*t.dst);
  return joined(ends, " or ");
}

Judgement no_route(const Event& e) {
  const auto error = e.packet_evidence ? e.packet_evidence->error : std::nullopt;
  if (!error) return lacks(kNoError);
  if (*error != EHOSTUNREACH && *error != ENETUNREACH) return no();
  const std::string ends = tunnel_ends(e);
  const bool known = !ends.empty();
  Judgement out = holds(fmt::format("There is no route to {}: {}.",
                                    known ? "the tunnel's endpoint " + ends : "the endpoint of the policy's SA",
                                    error_text(*error)));
  if (!known) out.missing.emplace_back(kNoPolicy);
  if (known)
    out.advice = fmt::format("Add a route to {} in this netns: ip route get {} tells what the kernel finds. It looks "
                             "without the packet's mark, unless the SA has an output-mark.",
                             ends, ends.find(' ') == ends.npos ? ends : "ENDPOINT");
  return out;
}

constexpr uint32_t kLast = ~0u;

// The sequence numbers that a packet takes: a GSO packet takes one per segment. None: not known.
std::optional<uint32_t> numbers_taken(const Event& e) {
  const PacketSize* z = e.packet_evidence && e.packet_evidence->size ? &*e.packet_evidence->size : nullptr;
  if (!z) return {};
  if (z->gso_segs) return z->gso_segs;
  return z->gso_size ? std::nullopt : std::optional(1u);
}

Judgement seq_exhausted(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (uses_esn(*s) && !s->live->oseq_hi) return lacks("the upper half of the SA's sequence number");
  if (uses_esn(*s) && *s->live->oseq_hi != kLast) return no();
  const uint32_t left = kLast - s->live->oseq;
  const char* const esn = uses_esn(*s) ? "" : " and has no extended ones (ESN)";
  if (!left)
    return holds(
        fmt::format("{} has used its last sequence number ({}){}.", upper_first(sa_text(*s)), s->live->oseq, esn));
  const auto taken = numbers_taken(e);
  if (!taken) return lacks("into how many packets the kernel would have cut this one (GSO)");
  if (*taken <= left) return no();
  return holds(
      fmt::format("{} stands at sequence number {}, which leaves {}, but the packet is a bundle of {} (GSO) and needs "
                  "as many{}.",
                  upper_first(sa_text(*s)), s->live->oseq, left, *taken,
                  uses_esn(*s) ? "" : "; the SA has no extended ones (ESN)"));
}

Judgement too_big(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.packet_evidence || !e.packet_evidence->size) return lacks("the SA's MTU");
  const PacketSize& z = *e.packet_evidence->size;
  const uint32_t len = z.gso_size ? z.gso_size : z.len;
  if (len <= z.mtu || (e.packet_evidence->df && !*e.packet_evidence->df) ||
      e.packet_evidence->ignore_df.value_or(false))
    return no();
  Judgement out =
      holds(fmt::format("The packet has {}{} and may not be fragmented{}, {} has an MTU of {}.", bytes_text(len),
                        z.gso_size ? " a segment" : "", e.packet_evidence->df ? " (DF)" : "", sa_text(*s), z.mtu));
  out.advice = fmt::format(
      "Lower the MTU of the route or interface into the tunnel to {} (ip route change ... mtu {}), clamp the "
      "MSS, and let ICMP \"fragmentation needed\" through.",
      z.mtu, z.mtu);
  return out;
}

// IPComp has no queue: its ENOSPC means that the result does not fit into the packet.
bool queue_full(const State& s, uint16_t error) {
  return (error == ENOSPC && s.proto != "comp") || error == EBUSY || error == EAGAIN;
}

Judgement crypto_queue_full(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  const auto error = e.packet_evidence ? e.packet_evidence->error : std::nullopt;
  if (!error) return lacks(kNoError);
  if (!queue_full(*s, *error)) return no();
  return holds(
      fmt::format("The queue of the crypto driver that {}{} uses was full: the transform returned {}. Nothing is "
                  "wrong with the packet.",
                  sa_text(*s), algorithms_text(*s), error_text(*error)));
}

Judgement no_memory(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  const auto error = e.packet_evidence ? e.packet_evidence->error : std::nullopt;
  if (!error) return lacks(kNoError);
  if (*error != ENOMEM) return no();
  return holds(
      fmt::format("There was no memory to apply {}{}: the transform returned {}. Nothing is wrong with the packet.",
                  sa_text(*s), algorithms_text(*s), error_text(*error)));
}

Judgement crypto_error(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  const auto error = e.packet_evidence ? e.packet_evidence->error : std::nullopt;
  Judgement out = holds(fmt::format("The transform of {}{} refused the packet{}.", sa_text(*s), algorithms_text(*s),
                                    error ? fmt::format(" with {}", error_text(*error)) : ""));
  if (!error) {
    out.missing.emplace_back(kNoError);
    out.advice =
        "The error number would tell: the queue of the crypto driver is full (cryptd.cryptd_max_cpu_qlen), the packet "
        "too large, no memory; look at /proc/crypto and dmesg.";
  }
  return out;
}

Judgement sa_dead(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (s->live->km_state == "valid") return no();
  const State* d = tombstone_of_dead(e);
  return holds(fmt::format("{} is {}, not valid: it was deleted{} between the look-up of the route and the sending.",
                           upper_first(sa_text(*s)), s->live->km_state, d ? removal_text(*d, e.mono_ns) + "," : ""));
}

Judgement no_dst(const Event& e) {
  if (!e.packet_evidence || !e.packet_evidence->routed) return lacks("whether a route is attached to the packet");
  const std::string flow = e.packet ? flow_text(*e.packet) : "the packet";
  if (!*e.packet_evidence->routed) return holds(fmt::format("No route is attached to {}.", flow));
  if (e.counter != XfrmFwdHdrError) return no();
  return holds(fmt::format("The headers of {} could not be decoded for the policy check.", flow));
}

Judgement iptfs_queue(const Event& e) {
  const State* s = state_of(e);
  return holds(
      fmt::format("The IP-TFS queue of {} is full: packets come faster than its rate.", s ? sa_text(*s) : "the SA"));
}

const Rule kRules[] = {
    {"no-route",
     {XfrmOutBundleGenError, XfrmOutPolError},
     "the kernel's error number is EHOSTUNREACH or ENETUNREACH",
     "There is no route to the tunnel's endpoint.",
     "Add a route to the endpoint in this netns (ip route get ENDPOINT): it is looked for without the packet's mark, "
     "unless "
     "the SA has an output-mark.",
     no_route},
    {"seq-exhausted",
     {XfrmOutStateSeqError},
     "the SA's oseq stands at 2^32-1, or is nearer to it than the packet has segments (GSO)",
     "The SA has used up its sequence numbers.",
     "Rekey the SA now; use ESN, or rekey by packets well before 2^32.",
     seq_exhausted},
    {"too-big",
     {XfrmOutStateModeError},
     "the packet may not be fragmented and is larger than the SA's MTU",
     "The packet does not fit into the tunnel.",
     "Lower the MTU of the route or interface into the tunnel, clamp the MSS, and let ICMP \"fragmentation needed\" "
     "through.",
     too_big},
    {"crypto-queue-full",
     {XfrmOutStateProtoError},
     "the transform returned ENOSPC, EBUSY or EAGAIN",
     "The queue of an asynchronous crypto driver (cryptd, pcrypt, a card) was full.",
     "Look which driver the algorithm has (grep -B1 -A6 NAME /proc/crypto), and lengthen its queue (module parameter "
     "cryptd.cryptd_max_cpu_qlen, or the card's) or use a synchronous driver.",
     crypto_queue_full},
    {"no-memory",
     {XfrmOutStateProtoError},
     "the transform returned ENOMEM",
     "The kernel had no memory for the packet.",
     "Look at the node's free memory, and for page allocation failures in dmesg (vm.min_free_kbytes).",
     no_memory},
    {"crypto-error",
     {XfrmOutStateProtoError},
     "the counter itself: the transform returned an error, of which the number is told where it is known",
     "ESP, AH or IPComp could not be applied to the packet.",
     "EMSGSIZE: the packet is too large; others: the crypto driver (/proc/crypto, dmesg).",
     crypto_error},
    {"sa-dead",
     {XfrmOutStateInvalid},
     "the packet's SA is not in state valid, and no tombstone says that the lifetime timer ended it",
     "The packet met its SA just as it was deleted.",
     "Rare ones are harmless; many mean that SAs are deleted while they are in use.",
     sa_dead},
    {"no-dst",
     {XfrmOutError, XfrmFwdHdrError},
     "no route is attached to the packet; XfrmFwdHdrError: or its headers cannot be decoded",
     "The packet has no route or headers that the kernel cannot decode.",
     "Look for what makes such packets: offloads, tc or netfilter programs that redirect; ip route get.",
     no_dst},
    {"iptfs-queue-full",
     {XfrmOutNoQueueSpace},
     "the counter itself",
     "The queue of IP-TFS is full.",
     "Raise the SA's iptfs max-queue-size, or send less.",
     iptfs_queue},
};

} // namespace

std::span<const Rule> outbound_packet_rules() {
  return kRules;
}

} // namespace xs
