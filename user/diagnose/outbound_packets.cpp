// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets that an SA could not send.
#include "facts.hpp"
#include "rule.hpp"
#include "words.hpp"

#include <cerrno>

namespace xs {
namespace {

constexpr const char* kNoError = "the error number that the kernel's function returns";

// The tunnel's other end; none: no template tells.
std::optional<std::string> tunnel_end(const Event& e) {
  const Policy* p = policy_of(e);
  if (p)
    for (const Template& t : p->templates)
      if (t.mode != "transport" && t.dst) return t.dst;
  return {};
}

Judgement no_route(const Event& e) {
  const auto error = e.clues ? e.clues->error : std::nullopt;
  if (!error) return lacks(kNoError);
  if (*error != EHOSTUNREACH && *error != ENETUNREACH) return no();
  const auto end = tunnel_end(e);
  Judgement out = holds(
      fmt::format("There is no route to {}: {}.",
                  end ? fmt::format("the tunnel's endpoint {}", *end) : std::string("the endpoint of the policy's SA"),
                  error_text(*error)));
  if (!end) out.missing.emplace_back(kNoPolicy);
  return out;
}

constexpr uint32_t kLast = ~0u;

Judgement seq_exhausted(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  const bool high = !s->esn || s->live->oseq_hi.value_or(0) == 0 || s->live->oseq_hi == kLast;
  if (s->live->oseq != kLast || !high) return no();
  return holds(fmt::format("{} has used its last sequence number ({}){}.", upper_first(sa_text(*s)), s->live->oseq,
                           s->esn ? "" : " and has no extended ones (ESN)"));
}

Judgement too_big(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.clues || !e.clues->size) return lacks("the SA's MTU");
  const PacketSize& z = *e.clues->size;
  const uint32_t len = z.gso_size ? z.gso_size : z.len;
  if (len <= z.mtu || (e.clues->df && !*e.clues->df) || e.clues->ignore_df.value_or(false)) return no();
  return holds(fmt::format("The packet has {}{} and may not be fragmented{}, {} has an MTU of {}.", bytes_text(len),
                           z.gso_size ? " a segment" : "", e.clues->df ? " (DF)" : "", sa_text(*s), z.mtu));
}

Judgement crypto_error(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  const auto error = e.clues ? e.clues->error : std::nullopt;
  Judgement out = holds(fmt::format("The transform of {}{} refused the packet{}.", sa_text(*s),
                                    s->crypto ? fmt::format(" ({})", s->crypto->name) : "",
                                    error ? fmt::format(" with {}", error_text(*error)) : ""));
  if (!error) out.missing.emplace_back(kNoError);
  return out;
}

Judgement sa_dead(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (s->live->km_state == "valid") return no();
  return holds(fmt::format("{} is {}, not valid: it was deleted between the look-up of the route and the sending.",
                           upper_first(sa_text(*s)), s->live->km_state));
}

Judgement no_dst(const Event& e) {
  if (!e.clues || !e.clues->routed) return lacks("whether a route is attached to the packet");
  const std::string flow = e.packet ? flow_text(*e.packet) : "the packet";
  if (!*e.clues->routed) return holds(fmt::format("No route is attached to {}.", flow));
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
     {XfrmOutBundleGenError},
     "the kernel's error number is EHOSTUNREACH or ENETUNREACH",
     "There is no route to the tunnel's endpoint.",
     "Add a route to the endpoint (ip route get ENDPOINT), in this netns and for the policy's mark.",
     no_route},
    {"seq-exhausted",
     {XfrmOutStateSeqError},
     "the SA's oseq stands at 2^32-1",
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
    {"crypto-error",
     {XfrmOutStateProtoError},
     "the counter itself: the transform returned an error, of which the number is told where it is known",
     "ESP, AH or IPComp could not be applied to the packet.",
     "EMSGSIZE: the packet is too large; ENOMEM: memory; others: the crypto driver (/proc/crypto, dmesg).",
     crypto_error},
    {"sa-dead",
     {XfrmOutStateInvalid},
     "the packet's SA is not in state valid",
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
