// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of outbound losses: with the evidence, and without it.
#include "losses.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("gso-tail tells how many died, and where to look") {
  Event e = held_loss(LOSS_GSO_TAIL, "xfrm_output_gso.constprop.0");
  e.packets = 11;
  e.packet->ifname = "eth0";
  CHECK(diagnose(e).cause == "gso-tail");
  CHECK(
      diagnose(e).why ==
      "A GSO packet was cut into segments for the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101. The sending of one "
      "of "
      "them failed, and the kernel freed the 11 behind it. No counter was seen to rise for the one that failed: below "
      "IPsec, a queue (qdisc) or the device eth0 refused it.");
  CHECK(advises(e, "tc -s qdisc show dev eth0"));
  e.packets = {};
  e.evidence = found(Match::none);
  CHECK(says(e, "the kernel freed those behind it"));
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("default-block, outbound") {
  Event e = lost(LOSS_DEFAULT_BLOCK, "xfrm_lookup_with_ifid", udp());
  e.process = Process{12, "curl"};
  e.packet_evidence->error = EPERM;
  CHECK(diagnose(e).cause == "default-block");
  CHECK(diagnose(e).why ==
        "No out policy takes 10.0.0.1 -> 10.0.0.2 udp 1000 -> 9, and this netns' default for out is to "
        "block. curl[12] got EPERM (1).");
  CHECK(advises(e,
                "(ip xfrm policy add src 10.0.0.1/32 dst 10.0.0.2/32 dir out), or set the default with: ip xfrm policy "
                "setdefault out accept."));
  e.process = {};
  e.packet = PacketInfo{};
  e.packet->src = "fe80::1";
  e.packet->dst = "ff02::1:ff00:2";
  e.packet->proto = "icmp6";
  e.packet->icmp_type = 135;
  CHECK(says(e, "It is IPv6 neighbour discovery"));
  e.packet = {};
  CHECK(diagnose(e).cause == "default-block");
  CHECK(lacks(diagnose(e), "the flow"));
}

TEST_CASE("socket-policy-no-sa tells what the policy asks for, and what is there instead") {
  Event e = lost(LOSS_SOCKET_POLICY, "xfrm_lookup_with_ifid", udp());
  e.process = Process{12, "sender"};
  e.packet_evidence->error = EAGAIN;
  e.evidence->policy = policy("out");
  e.evidence->policy->socket = true;
  e.evidence->template_at = 0;
  CHECK(diagnose(e).cause == "socket-policy-no-sa");
  CHECK(
      diagnose(e).why ==
      "The socket of sender[12] has a policy of its own (IP_XFRM_POLICY, IPV6_XFRM_POLICY), and no SA fits it for "
      "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9. The policy demands esp reqid 1 mode transport to 10.0.0.2; there is no such "
      "SA. sender[12] got EAGAIN (11).");
  e.evidence->deleted = gone(How::netlink);
  CHECK(says(e, "esp spi 0x00000101 was there, and was deleted 100 ms ago by ip[301] (netlink)."));
  e.evidence->deleted = {};
  e.evidence->match = Match::nearest;
  e.evidence->state = sa();
  e.evidence->differs = {"reqid", "mode"};
  CHECK(says(e, "which differs in: reqid, mode."));
  e.evidence->policy = {};
  CHECK(diagnose(e).cause == "socket-policy-no-sa");
  CHECK(lacks(diagnose(e), "the policy"));
}

TEST_CASE("too-big, uncounted") {
  Event e = held_loss(LOSS_TOO_BIG, "__icmp_send", udp());
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the MTU"));
  e.packet_evidence->size = PacketSize{1358, 1400, 0, 0};
  CHECK(diagnose(e).cause == "too-big");
  CHECK(diagnose(e).why ==
        "The packet has 1400 bytes and may not be fragmented (DF), and the SA src 10.0.0.1 dst 10.0.0.2 esp spi "
        "0x00000101 "
        "leaves an MTU of 1358. The kernel drops it and tells 10.0.0.1 by ICMP (fragmentation needed).");
  CHECK(advises(e, "into the tunnel to 1358 (ip route change ... mtu 1358)"));
  e.packet_evidence->size->gso_size = 1380;
  CHECK(says(e, "has segments of 1380 bytes"));
  e.evidence = found(Match::none);
  e.packet->src = "2001:db8::1";
  e.packet->dst = "2001:db8::2";
  e.packet->ifname = "ipsec0";
  CHECK(says(e, "may not be fragmented, and the interface leaves an MTU of 1358 on dev ipsec0."));
  CHECK(says(e, "(packet too big)"));
}

TEST_CASE("udp-gso names the process") {
  Event e = held_loss(LOSS_UDP_GSO, "udp_send_skb", udp());
  e.process = Process{77, "quic"};
  e.packets = 12;
  e.packet_evidence->error = EIO;
  CHECK(diagnose(e).cause == "udp-gso");
  CHECK(diagnose(e).why ==
        "quic[77] sent 12 packets in one call (UDP_SEGMENT, as QUIC does) over a route with the SA src "
        "10.0.0.1 dst 10.0.0.2 esp spi 0x00000101, which the kernel refuses. quic[77] got EIO (5).");
  e.evidence = found(Match::none);
  e.process = {};
  CHECK(says(e, "A process sent 12 packets"));
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("next-hop-dead") {
  Event e = held_loss(LOSS_NEXT_HOP, "arp_error_report");
  e.packet->ifname = "eth0";
  CHECK(diagnose(e).cause == "next-hop-dead");
  CHECK(diagnose(e).why ==
        "A packet of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 is ready to leave for 10.0.0.2 on "
        "dev eth0, but its next hop does not answer ARP.");
  CHECK(advises(e, "ip route get 10.0.0.2"));
  CHECK(advises(e, "neigh show dev eth0"));
  e.site->function = "ndisc_error_report";
  CHECK(says(e, "does not answer neighbour discovery."));
  e.evidence = found(Match::none);
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("hold-queue-full tells whose queue it is, and what is waited for") {
  Event e = lost(LOSS_HOLD_QUEUE_FULL, "xdst_queue_output", udp());
  e.process = Process{12, "ping"};
  e.packet_evidence->error = EAGAIN;
  CHECK(diagnose(e).cause == "hold-queue-full");
  CHECK(lacks(diagnose(e), "the policy that held"));
  e.evidence->policy = policy("out", {tunnel()});
  CHECK(diagnose(e).why == "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 has to wait for an SA (net.core.xfrm_larval_drop is 0), "
                           "and the queue of the out "
                           "policy src 10.0.0.1/32 dst 10.0.0.2/32 (priority 0, index 8), which takes 100 packets, is "
                           "full. The policy demands "
                           "esp reqid 1 mode tunnel to 192.0.2.2. ping[12] got EAGAIN (11).");
  e.evidence->state = sa();
  e.evidence->state->live->km_state = "acq";
  e.evidence->state->added = by_ip(How::acquire, 5'000'000'000);
  e.evidence->match = Match::exact;
  CHECK(says(e, "the key manager was asked for it 5.0 s ago, and has not answered."));
  CHECK(advises(e, "net.core.xfrm_larval_drop=1"));
}

TEST_CASE("hold-queue-purged: by who removed the policy, or by its timer") {
  Event e = lost(LOSS_HOLD_QUEUE_PURGED, "xfrm_policy_kill", udp());
  e.packets = 3;
  e.evidence->policy = policy("out", {tunnel()});
  CHECK(diagnose(e).cause == "hold-queue-purged");
  CHECK(lacks(diagnose(e), "the process that removed"));
  e.process = Process{301, "ip"};
  CHECK(diagnose(e).why == "3 packets waited for an SA in the queue of the out policy src 10.0.0.1/32 dst 10.0.0.2/32 "
                           "(priority 0, index 8), and died with it: the policy was removed by ip[301].");
  CHECK(advises(e, "Look at why ip[301] removed the policy"));
  e.process = {};
  e.site->function = "xfrm_policy_queue_process";
  CHECK(says(e, "until the kernel gave up"));
  CHECK_FALSE(says(e, "removed"));
  e.site = {};
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "where the queue was emptied"));
}
