/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet, or a flow where no packet exists. Shared by BPF programs and user space. Addresses and SPIs are in network
 * order, everything else in the machine's. */
#ifndef XFRM_SNAP_PACKET_H
#define XFRM_SNAP_PACKET_H

#include "actor.h"

enum packet_flags {
  PACKET_FOUND = 1,   /* addresses and protocol are valid */
  PACKET_IS_FLOW = 2, /* taken from a struct flowi: no packet exists */
  PACKET_HAS_SPI = 4,
  PACKET_HAS_SEQ = 8,
  PACKET_HAS_PORTS = 16,
  PACKET_HAS_LEN = 32,
  PACKET_HAS_MARK = 64,
  PACKET_HAS_IF = 128,
  PACKET_HAS_ICMP = 256, /* `sport` is the ICMP type, `dport` the code */
};

enum encapsulation { ENCAP_NONE, ENCAP_UDP, ENCAP_TCP };

/* Packets with the same identity count as the same failure: part of the key of `errors`. */
struct packet_id {
  __u8 saddr[16]; /* IPv4: the first four bytes */
  __u8 daddr[16];
  __u32 spi;   /* ESP, AH; IPComp: the CPI; network order */
  __u8 family; /* 4, 6; 0: not known */
  __u8 proto;  /* IPPROTO_*; ESP also when encapsulated */
  __u8 encap;  /* enum encapsulation */
  __u8 reserved;
};

struct packet {
  struct packet_id id;
  __u32 seq;
  __u32 len; /* of the IP packet, bytes */
  __u32 mark;
  __u32 ifindex; /* flow: the output interface asked for, 0 if any */
  __u16 sport;
  __u16 dport;
  __u32 flags; /* enum packet_flags */
  char ifname[NAME_SIZE];
};

#endif
