// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that their SA refuses.
#include "facts.hpp"
#include "state_selector.hpp"
#include "words.hpp"

#include <netinet/in.h>

namespace xs {
namespace {

// The name of the SA's encapsulation on the wire.
std::string encap_of(const State& s) {
  if (!s.encap) return "plain ESP";
  return s.encap->type == "espintcp" ? "ESP in TCP" : "ESP in UDP";
}

std::string encap_of(const PacketInfo& p) {
  return !p.encap ? "plain ESP" : *p.encap == "tcp" ? "ESP in TCP" : "ESP in UDP";
}

std::string ports_text(const State& s) {
  return s.encap ? fmt::format(" (sport {} dport {})", s.encap->sport, s.encap->dport) : "";
}

Judgement encap_mismatch(const Event& e) {
  if (function_of(e) != "xfrm_input") return no();
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.packet) return lacks(kNoPacket);
  const std::string wants = encap_of(*s), has = encap_of(*e.packet);
  if (wants == has) return no();
  Judgement out =
      holds(fmt::format("{} wants {}{}, the packet came as {}.", upper_first(sa_text(*s)), wants, ports_text(*s), has));
  out.advice =
      fmt::format("Make both peers agree on NAT traversal (forceencaps): the peer sends {}. If this SA is a stale "
                  "one: ip xfrm state delete {}.",
                  has, state_id(*s));
  return out;
}

Judgement selector_mismatch(const Event& e) {
  if (function_of(e) == "xfrm_input") return no();
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  const PacketInfo* flow = flow_of(e);
  if (!flow) return lacks("the decapsulated flow");
  if (!s->sel) return no();
  const auto misfits = selector_misfits(e, *s);
  if (misfits.empty() && hold_against(*flow, *s->sel).fit == Fit::unknown)
    return lacks("all of the decapsulated flow that the SA's selector asks for");
  if (misfits.empty()) return no();
  Judgement out = holds(fmt::format("Out of {} came {}, which is outside of the SA's selector: {}.", sa_text(*s),
                                    flow_text(*flow), misfits_text(misfits)));
  out.advice = selector_advice(e, *s, misfits);
  return out;
}

// The family of the IP packet that came out of an SA in tunnel mode, 4 or 6; none: something else came out.
std::optional<uint8_t> inner_family(const Event& e) {
  const auto proto = e.packet_evidence ? e.packet_evidence->inner_proto : std::nullopt;
  if (proto == IPPROTO_IPIP) return uint8_t{4};
  if (proto == IPPROTO_IPV6) return uint8_t{6};
  return {};
}

uint8_t selector_family(const State& s) {
  if (s.sel && s.sel->family) return s.sel->family;
  return s.dst && is_ipv6(*s.dst) ? 6 : 4;
}

// Before Linux 6.1 the kernel refuses a tunnel's contents as of a wrong mode if their family is not the selector's.
Judgement inner_family_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (s->mode == "transport" || has_flag(*s, "af-unspec") || function_of(e) != "xfrm_input") return no();
  const auto inner = inner_family(e);
  if (!inner || *inner == selector_family(*s)) return no();
  Judgement out = holds(fmt::format("Out of {} came an IPv{} packet, but the SA's selector is for IPv{} alone.",
                                    sa_text(*s), *inner, selector_family(*s)));
  out.advice = selector_advice(*s, {"family", *inner == 6 ? "ipv6" : "ipv4", ""}, *inner == 6);
  return out;
}

// In transport mode xfrm_input accepts anything, unless a tunnel interface asks it to check.
Judgement behind_interface(const State& s, const Event& e) {
  const std::string& module = e.site->module;
  return holds(
      fmt::format("{} is in transport mode, but its packets arrive at a tunnel interface{}, which takes tunnel or "
                  "beet mode only.",
                  upper_first(sa_text(s)), module.empty() ? "" : fmt::format(" ({})", module)));
}

Judgement mode_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.site) return lacks("the place that counted");
  if (s->mode == "transport") return behind_interface(*s, e);
  if (function_of(e) != "xfrm_input") return no();
  if (!e.packet_evidence || !e.packet_evidence->inner_proto) return lacks("the protocol found inside of ESP");
  const std::string inner = e.packet_evidence->inner_name.value_or(std::to_string(*e.packet_evidence->inner_proto));
  return holds(
      fmt::format("{} is in {} mode, but inside of the packet is {}, which this mode cannot take: the peer uses "
                  "another mode.",
                  upper_first(sa_text(*s)), s->mode, inner));
}

Judgement direction_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->dir) return lacks("the SA's direction");
  const bool inbound = e.counter == XfrmInStateDirError;
  if (*s->dir == (inbound ? "in" : "out")) return no();
  Judgement out = holds(fmt::format("{} was made for direction {}, but was met by a packet on its way {}.",
                                    upper_first(sa_text(*s)), *s->dir, inbound ? "in" : "out"));
  out.advice = fmt::format(
      "Delete the SA (ip xfrm state delete {}) and add it again with dir {}, or without: the key manager has "
      "mixed up the two.",
      state_id(*s), inbound ? "in" : "out");
  return out;
}

// AH and ESP begin with the SPI and the sequence number.
Judgement header_truncated(const Event& e) {
  if (!e.site) return lacks("the place that counted");
  if (function_of(e) != "xfrm_input")
    return holds(fmt::format("The headers of the packet could not be decoded for the policy check{}.",
                             e.packet ? fmt::format(" ({})", flow_text(*e.packet)) : ""));
  if (!e.packet) return lacks(kNoPacket);
  if (e.packet->spi && (e.packet->seq || e.packet->proto == "comp")) return no();
  return holds(fmt::format("The packet from {} to {} ({} bytes) ends within its {} header: {} missing.",
                           packet_end(e.packet->src), packet_end(e.packet->dst),
                           e.packet->len ? std::to_string(*e.packet->len) : "?", e.packet->proto.value_or("IPsec"),
                           e.packet->spi ? "the sequence number is" : "SPI and sequence number are"));
}

constexpr size_t kDepth = XFRM_DEPTH;

// A packet that came through no SA yet has room for one.
Judgement thrown_away() {
  Judgement out =
      holds(fmt::format("The kernel threw away the list of SAs that the packet came through, as it does when "
                        "the list is full: it has room for {}.",
                        kDepth));
  out.missing.emplace_back("the SAs that the packet came through");
  return out;
}

Judgement nested_too_deep(const Event& e) {
  const Policy* p = policy_of(e);
  const bool outbound = e.counter == XfrmOutPolError;
  if (outbound && !p) return lacks(kNoPolicy);
  if (p && p->templates.size() >= kDepth)
    return holds(fmt::format("The policy has {} templates, the kernel takes less than {} on the way {}.",
                             p->templates.size(), kDepth, outbound ? "out" : "in"));
  if (outbound) return no();
  if (!e.packet_evidence || !e.packet_evidence->secpath) return lacks("the SAs that the packet came through");
  const size_t depth = e.packet_evidence->secpath->size();
  if (!depth && function_of(e) == "xfrm_input") return thrown_away();
  // A Mobile IPv6 header was refused one SA earlier before Linux 6.15.
  const bool full = depth >= kDepth || (function_of(e) == "xfrm6_input_addr" && depth + 1 >= kDepth);
  if (!full) return no();
  return holds(fmt::format("The packet already came through {} SAs, and the kernel has room for {}.", depth, kDepth));
}

Judgement iptfs_error(const Event& e) {
  const State* s = state_of(e);
  return holds(
      fmt::format("What came through {} is no valid IP-TFS payload.", s ? sa_text(*s) : "an SA in IP-TFS mode"));
}

// xfrm_input() holds the packet's route during decryption, unless the route is about to be freed.
Judgement no_dst(const Event& e) {
  if (function_of(e) != "xfrm_input") return no();
  if (!e.packet_evidence || !e.packet_evidence->routed) return lacks("whether a route is attached to the packet");
  if (*e.packet_evidence->routed) return no();
  const State* s = state_of(e);
  return holds(
      fmt::format("The route that the packet{} had come by was deleted before it could be kept for the time of the "
                  "decryption{}.",
                  e.packet ? fmt::format(" from {} to {}", packet_end(e.packet->src), packet_end(e.packet->dst)) : "",
                  s ? fmt::format(" under {}", sa_text(*s)) : ""));
}

// If the route is not lost, secpath_set failed, before the kernel looked for an SA.
Judgement no_secpath(const Event& e) {
  const bool mobile = function_of(e) == "xfrm6_input_addr";
  if (!mobile && function_of(e) != "xfrm_input") return no();
  if (!mobile && (!e.packet_evidence || !e.packet_evidence->routed))
    return lacks("whether a route is attached to the packet");
  if (!mobile && (!*e.packet_evidence->routed || state_of(e))) return no();
  return holds(
      "There was no memory for the list of SAs that a packet comes through. Nothing is wrong with the packet.");
}

const Rule kRules[] = {
    {"encap-mismatch",
     {XfrmInStateMismatch},
     "counted in xfrm_input: the encapsulation of the packet is not that of its SA",
     "NAT traversal is used on one side only.",
     "Make both peers agree on NAT traversal (forceencaps), or delete the stale SA of the other kind.",
     encap_mismatch},
    {"selector-mismatch",
     {XfrmInStateMismatch},
     "counted in the policy check: the decapsulated flow is outside of the SA's selector",
     "The packet does not belong into this SA.",
     "Make the traffic selectors of both peers the same.",
     selector_mismatch},
    {"selector-mismatch",
     {XfrmInStateModeError},
     "an SA in tunnel mode without af-unspec, and out of it came IP of another family than its selector's",
     "The SA takes packets of one family alone.",
     "Install the SA with flag af-unspec, or with a selector of the inner packets' family.",
     inner_family_mismatch},
    {"mode-mismatch",
     {XfrmInStateModeError},
     "an SA in transport mode behind a tunnel interface, or contents that the SA's mode cannot take",
     "The peers use different modes, or a tunnel interface gets an SA in transport mode.",
     "Make both peers use the same mode (tunnel for vti and xfrm interfaces).",
     mode_mismatch},
    {"direction-mismatch",
     {XfrmInStateDirError, XfrmOutStateDirError},
     "the SA's direction",
     "The SA was made for the other direction.",
     "Install the SA without dir, or with the right one; the key manager has mixed up the two.",
     direction_mismatch},
    {"header-truncated",
     {XfrmInHdrError},
     "the packet is shorter than its ESP or AH header, or the policy check cannot decode it",
     "The packet ends within its headers.",
     "Capture it on the device: fragments, a broken sender, or a scan.",
     header_truncated},
    {"nested-too-deep",
     {XfrmInBufferError, XfrmOutPolError},
     "the packet came through as many SAs as the kernel has room for, or the policy has too many templates",
     "There is more IPsec in IPsec than the kernel takes.",
     "Nest fewer SAs, or give the policy fewer templates.",
     nested_too_deep},
    {"no-dst",
     {XfrmInError},
     "counted in xfrm_input, and no route is attached to the packet",
     "The packet's route was deleted while the packet was under way.",
     "Rare ones are harmless; many mean that routes or addresses come and go (ip monitor route).",
     no_dst},
    {"no-memory",
     {XfrmInError},
     "counted in xfrm_input or xfrm6_input_addr; the packet has its route, and no SA was looked for yet",
     "The kernel had no memory for the list of the packet's SAs.",
     "Look at the node's free memory, and for page allocation failures in dmesg (vm.min_free_kbytes).",
     no_secpath},
    {"iptfs-payload",
     {XfrmInIptfsError},
     "the counter itself",
     "The payload of IP-TFS is not valid.",
     "Check that the peer's SA is in IP-TFS mode, too, and that nothing alters its packets.",
     iptfs_error},
};

} // namespace

std::span<const Rule> inbound_packet_rules() {
  return kRules;
}

} // namespace xs
