// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Causes of inbound losses: with the evidence, and without it.
#include "losses.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

TEST_CASE("no-encap-socket: the SA lives, or is gone") {
  Event e = held_loss(LOSS_NO_ENCAP_SOCKET, "__icmp_send");
  e.packet->dport = 4500;
  e.evidence->state->added = by_ip(How::netlink);
  CHECK(diagnose(e).cause == "no-encap-socket");
  CHECK(diagnose(e).why ==
        "ESP in UDP came from 10.0.0.1 to 10.0.0.2, and no socket takes what comes to port 4500: who had it "
        "open is gone. The SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 is still there, added by ip[301] "
        "(netlink).");
  CHECK(diagnose(e).advice ==
        "Start the key manager again (ss -lunp 'sport = :4500' tells who has the port), or remove what it "
        "left: ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101.");
  e.evidence = found(Match::none);
  CHECK(lacks(diagnose(e), "the packet's SA"));
  e.evidence->deleted = gone(How::netlink);
  CHECK(says(e, "was deleted 100 ms ago by ip[301] (netlink)."));
}

TEST_CASE("no-handler names the module") {
  Event e = lost(LOSS_NO_HANDLER, "__icmp_send");
  CHECK(diagnose(e).cause == "no-handler");
  CHECK(diagnose(e).why ==
        "A packet of protocol esp came from 10.0.0.1 to 10.0.0.2, and the kernel has no handler for it: "
        "module esp4 is not there.");
  e.packet->proto = "ah";
  e.packet->src = "2001:db8::1";
  e.packet->dst = "2001:db8::2";
  CHECK(advises(e, "modprobe ah6 (an SA of that protocol loads it, too; CONFIG_INET6_AH builds it)"));
  e.packet->proto = "comp";
  CHECK(says(e, "module ipcomp6"));
  e.packet->proto = "udp";
  CHECK(diagnose(e).cause == "unknown");
  e.packet = {};
  CHECK(lacks(diagnose(e), "the packet's protocol"));
}

TEST_CASE("decap-queue-full and trans-queue-full name queue, CPU and sysctl") {
  Event e = held_loss(LOSS_DECAP_QUEUE, "gro_cells_receive", udp());
  CHECK(diagnose(e).cause == "decap-queue-full");
  CHECK(diagnose(e).why ==
        "1 packet came out of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 (tunnel mode), and the "
        "queue of CPU 3 in which decrypted packets wait (gro_cells) is full: it takes "
        "net.core.netdev_max_backlog packets.");
  CHECK(advises(e, "sysctl -w net.core.netdev_max_backlog"));
  e = held_loss(LOSS_TRANS_QUEUE, "xfrm_trans_queue_net", udp());
  CHECK(diagnose(e).cause == "trans-queue-full");
  CHECK(says(e, "(transport mode)"));
  e.evidence = found(Match::none);
  CHECK(says(e, "came out of an SA"));
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("too-short tells the payload's length") {
  Event e = lost(LOSS_TOO_SHORT, "xfrm4_udp_encap_rcv", udp());
  e.packet->dport = 4500;
  e.packet->len = 40;
  CHECK(diagnose(e).cause == "too-short");
  CHECK(diagnose(e).why ==
        "A UDP packet from 10.0.0.1 to 10.0.0.2, to port 4500, is taken for ESP, and its payload of 12 bytes "
        "is too short for that.");
  e.packet->src = "2001:db8::1";
  e.packet->dst = "2001:db8::2";
  e.packet->len = 60;
  CHECK(says(e, "its payload of 12 bytes"));
  e.packet->len = {};
  CHECK(diagnose(e).cause == "too-short");
  CHECK(lacks(diagnose(e), "the packet's length"));
}

TEST_CASE("fragment-lost names the sysctl of its family") {
  Event e = lost(LOSS_FRAGMENT, "ip_expire");
  CHECK(diagnose(e).cause == "fragment-lost");
  CHECK(diagnose(e).why == "An esp packet from 10.0.0.1 to 10.0.0.2 came in fragments, and not all of them in time "
                           "(net.ipv4.ipfrag_time): those that came are freed.");
  CHECK(advises(e, "the sender, 10.0.0.1, not make fragments"));
  e.site->function = "ip6_frag_expire";
  CHECK(says(e, "(net.ipv6.ip6frag_time)"));
  e.packet->proto = "udp";
  CHECK(says(e, "An ESP-in-UDP packet"));
  e.packet = {};
  CHECK(says(e, "from a peer to this host"));
}

TEST_CASE("rp-filter and no-forwarding go by the error number") {
  Event e = held_loss(LOSS_INPUT, "ip_rcv_finish_core", udp());
  e.packet->ifname = "eth0";
  CHECK(diagnose(e).cause == "unknown");
  CHECK(lacks(diagnose(e), "the error number of the kernel's routing"));
  e.packet_evidence->error = EXDEV;
  CHECK(diagnose(e).cause == "rp-filter");
  CHECK(diagnose(e).why ==
        "10.0.0.1 -> 10.0.0.2 udp 1000 -> 9 came out of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101 on "
        "dev eth0, and rp_filter drops it: the route back to 10.0.0.1 does not lead out of that device.");
  CHECK(advises(e, "net.ipv4.conf.eth0.rp_filter"));
  e.packet_evidence->error = EHOSTUNREACH;
  CHECK(diagnose(e).cause == "no-forwarding");
  CHECK(advises(e, "sysctl -w net.ipv4.conf.eth0.forwarding=1, or net.ipv4.ip_forward=1"));
  e.packet->src = "2001:db8::1";
  e.packet->dst = "2001:db8::2";
  CHECK(advises(e, "net.ipv6.conf.all.forwarding=1"));
  e.packet_evidence->error = ENETUNREACH;
  CHECK(diagnose(e).cause == "unknown");
  CHECK(says(e, "The kernel's function returns ENETUNREACH"));
}

TEST_CASE("IPv6 that a host does not forward needs no error number") {
  Event e = held_loss(LOSS_INPUT, "ip6_forward", udp());
  e.packet->ifname = "eth0";
  e.packet->src = "2001:db8::1";
  e.packet->dst = "2001:db8::2";
  CHECK(diagnose(e).cause == "no-forwarding");
  CHECK(says(
      e, "on dev eth0, and is not for this host, which forwards no IPv6 packets: net.ipv6.conf.all.forwarding is 0."));
  CHECK(advises(e, "sysctl -w net.ipv6.conf.all.forwarding=1. Then look at: ip -6 route get 2001:db8::2 from "
                   "2001:db8::1 iif eth0."));
  e.evidence = found(Match::none);
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("firewall") {
  Event e = held_loss(LOSS_FIREWALL, "nf_hook_slow", udp());
  CHECK(diagnose(e).cause == "firewall");
  CHECK(says(e, "came out of the SA src 10.0.0.1 dst 10.0.0.2 esp spi 0x00000101, and the firewall drops it."));
  CHECK(advises(e, "ip saddr 10.0.0.1 meta nftrace set 1"));
  e.packet->src = "2001:db8::1";
  CHECK(advises(e, "ip6 saddr 2001:db8::1"));
  e.evidence = found(Match::none);
  CHECK(lacks(diagnose(e), "the packet's SA"));
}

TEST_CASE("a loss of which nothing is known is said to be lost, not counted") {
  Event e = lost(LOSS_INPUT, "ip_error", udp());
  CHECK(says(e, "It was lost at ip_error+0x40."));
  CHECK(advises(e, "xfrm-snap explain routing tells more."));
}
