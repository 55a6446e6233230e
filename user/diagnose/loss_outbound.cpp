// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on outbound packets that are lost without a counter.
#include "flow.hpp"
#include "loss_words.hpp"
#include "out_policy.hpp"
#include "outbound_template.hpp"
#include "policy_words.hpp"
#include "words.hpp"
#include "../model/joined.hpp"

namespace xs {
namespace {

// The segment that failed is not included: a counter has counted it.
Judgement gso_tail(const Event& e) {
  const std::string behind = e.packets ? fmt::format("the {} behind it", *e.packets) : "those behind it";
  const std::string device = e.packet && e.packet->ifname ? " " + *e.packet->ifname : "";
  Judgement out = holds(
      fmt::format("A GSO packet was cut into segments for {}. The sending of one of them failed, and the kernel freed "
                  "{}. No counter was seen to rise for the one that failed: below IPsec, a queue (qdisc) or the "
                  "device{} refused it.",
                  sa_or(e, "an SA"), behind, device));
  out.advice =
      fmt::format("Look for drops (tc -s qdisc show dev {0}; ip -s link show dev {0}), and lengthen that queue "
                  "(its limit, or ip link set dev {0} txqueuelen N), or have the sender pace its packets.",
                  device_word(e));
  return with_state(std::move(out), e);
}

bool discovers_neighbours(const PacketInfo& p) {
  return p.icmp_type && *p.icmp_type >= 133 && *p.icmp_type <= 137 && is_ipv6(p.dst.value_or(""));
}

Judgement default_block(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  const bool discovery = flow && discovers_neighbours(*flow);
  Judgement out = holds(fmt::format(
      "No out policy takes {}, and this netns' default for out is to block.{}{}{}", looked_up_text(e), near_out_text(e),
      sender_text(e),
      discovery ? " It is IPv6 neighbour discovery, without which nothing else on that link is sent." : ""));
  if (!flow) out.missing.emplace_back("the flow that was looked up");
  Policy wanted;
  wanted.dir = "out";
  wanted.if_id = if_id_of(e).value_or(0);
  if (flow && flow->src && flow->dst)
    out.advice = fmt::format("Add an out policy for the flow, with a template, or without one if it may leave in clear "
                             "({}), or set the default with: ip xfrm policy setdefault out accept.",
                             policy_command("add", for_flow(wanted, *flow)));
  return out;
}

// " SA, which was there, ..." for the SA that the socket's policy asks for.
std::string instead_text(const Event& e) {
  if (const State* d = deleted_of(e))
    return fmt::format("{} was there, and was deleted{}", sa_text(*d), removal_text(*d, e.mono_ns));
  const State* s = state_of(e);
  if (!s || e.evidence->differs.empty()) return "there is no such SA";
  return fmt::format("the nearest one is {}, which differs in: {}", sa_text(*s), joined(e.evidence->differs, ", "));
}

Judgement socket_policy_no_sa(const Event& e) {
  const Template* t = failed_template(e);
  const std::string whose = e.process ? "The socket of " + process_or(e, "") : "A socket";
  const std::string demand =
      t && searched(e) ? fmt::format(" {}; {}.", demand_text(e, *t), instead_text(e)) : std::string();
  Judgement out = holds(fmt::format("{} has a policy of its own (IP_XFRM_POLICY, IPV6_XFRM_POLICY), and no SA fits it "
                                    "for {}.{}{}",
                                    whose, looked_up_text(e), demand, sender_text(e)));
  if (demand.empty()) out.missing = without_template(e).missing;
  return out;
}

Judgement too_big(const Event& e) {
  const PacketSize* z = e.packet_evidence && e.packet_evidence->size ? &*e.packet_evidence->size : nullptr;
  if (!z || !z->mtu) return lacks("the packet's length and the MTU that it was held against");
  const State* s = state_of(e);
  const std::string length = z->gso_size ? fmt::format("segments of {}", bytes_text(z->gso_size)) : bytes_text(z->len);
  const std::string sender = e.packet ? packet_end(e.packet->src) : "the sender";
  const bool v6 = e.packet && is_ipv6(e.packet->dst.value_or(""));
  Judgement out = holds(fmt::format("The packet has {} and may not be fragmented{}, and {} leaves an MTU of {}{}. The "
                                    "kernel drops it and tells {} by "
                                    "ICMP ({}).",
                                    length, v6 ? "" : " (DF)", s ? sa_text(*s) : "the interface", z->mtu, on_device(e),
                                    sender, v6 ? "packet too big" : "fragmentation needed"));
  out.advice =
      fmt::format("Let that ICMP through to {0}, or do without it: clamp the MSS (nft add rule ... tcp option "
                  "maxseg size set rt mtu), lower the MTU of the route or interface into the tunnel to {1} (ip "
                  "route change ... mtu {1}), or the sender's.",
                  sender, z->mtu);
  return out;
}

Judgement udp_gso(const Event& e) {
  const std::string who = process_or(e, "A process");
  Judgement out = holds(fmt::format(
      "{} sent {} in one call (UDP_SEGMENT, as QUIC does) over a route with {}, which the kernel refuses.{}", who,
      lost_text(e), sa_or(e, "an SA"), sender_text(e)));
  return with_state(std::move(out), e);
}

Judgement next_hop_dead(const Event& e) {
  const bool v6 = function_of(e) == "ndisc_error_report" || (e.packet && is_ipv6(e.packet->dst.value_or("")));
  const std::string to = e.packet ? packet_end(e.packet->dst) : "?";
  Judgement out = holds(fmt::format("A packet of {} is ready to leave for {}{}, but its next hop does not answer {}.",
                                    sa_or(e, "an SA that the mirror does not know"), to, on_device(e),
                                    v6 ? "neighbour discovery" : "ARP"));
  if (to != "?")
    out.advice = fmt::format("Look which next hop that is (ip route get {}), and whether it is up and on that link (ip "
                             "neigh show dev {}); mend the route or the link.",
                             to, device_word(e));
  return with_state(std::move(out), e);
}

const Rule kRules[] = {
    {"gso-tail",
     {LOSS_GSO_TAIL},
     "the segments of a GSO packet are freed, and no counter rose just before for one of them",
     "One segment of a GSO packet could not be sent, and all behind it died with it.",
     "Look for drops of the device and its queues (tc -s qdisc, ip -s link), and lengthen the queue that is full.",
     gso_tail},
    {"default-block",
     {LOSS_DEFAULT_BLOCK},
     "the kernel finds no policy, and its default for output is block",
     "The netns blocks what has no out policy.",
     "Add an out policy for the flow, or set the default with: ip xfrm policy setdefault out accept.",
     default_block},
    {"socket-policy-no-sa",
     {LOSS_SOCKET_POLICY},
     "the look-up of SAs for a socket's own policy ends with EAGAIN",
     "A socket has a policy of its own, and no SA fits it.",
     "Have the program that sets the policy install the SA (its reqid, mode and addresses must be the template's), or "
     "set no policy on the socket.",
     socket_policy_no_sa},
    {"too-big",
     {LOSS_TOO_BIG},
     "an ICMP error \"fragmentation needed\" or \"packet too big\" for a packet whose route has an SA, or whose device "
     "is an xfrm interface or a VTI, and no counter rises behind it",
     "The packet does not fit into the tunnel, and may not be fragmented.",
     "Let ICMP through to the sender, clamp the MSS, or lower the MTU of the route or interface into the tunnel.",
     too_big},
    {"udp-gso",
     {LOSS_UDP_GSO},
     "a UDP packet with UDP_SEGMENT is freed, and its route has an SA",
     "The kernel does not cut UDP packets that go through IPsec, and refuses to send them.",
     "Turn segmentation offload off in the program (QUIC_GO_DISABLE_GSO=true of quic-go, enable_segmentation_offload "
     "of "
     "quinn), or have it send one packet a call where it gets EIO.",
     udp_gso},
    {"next-hop-dead",
     {LOSS_NEXT_HOP},
     "the neighbour of an encrypted packet does not resolve",
     "The packet is encrypted, and the machine that it is to be handed to does not answer.",
     "Look which next hop that is (ip route get), and whether it is there (ip neigh).",
     next_hop_dead},
};

} // namespace

std::span<const Rule> outbound_loss_rules() {
  return kRules;
}

} // namespace xs
