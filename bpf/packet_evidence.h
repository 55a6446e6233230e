/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Evidence that the packet, its state and its netns hold at the moment of the error; the mirror's is in evidence.h.
 * Shared by BPF programs and user space. Addresses and SPIs are in network order. */
#ifndef XFRM_SNAP_PACKET_EVIDENCE_H
#define XFRM_SNAP_PACKET_EVIDENCE_H

#include "types.h"

enum packet_evidence_has {
  PACKET_EVIDENCE_SECPATH = 1,       /* `secpath_len`, `verified`, `secpath` */
  PACKET_EVIDENCE_INTEGRITY = 2,     /* `integrity_before`, `integrity_after` */
  PACKET_EVIDENCE_REPLAY = 4,        /* `replay_seen` */
  PACKET_EVIDENCE_MTU = 8,           /* `mtu` */
  PACKET_EVIDENCE_DF = 16,           /* `df` */
  PACKET_EVIDENCE_DEFAULTS = 32,     /* `default_policy` */
  PACKET_EVIDENCE_ERROR = 64,        /* `error` */
  PACKET_EVIDENCE_ROUTE = 128,       /* `routed` */
  PACKET_EVIDENCE_INNER = 256,       /* `inner_proto` */
  PACKET_EVIDENCE_TRANSFORM = 512,   /* `transform_len`, `header_len`; AH: `ah_len` */
  PACKET_EVIDENCE_LINK = 1024,       /* `link_kind`; an xfrm interface: `link_if_id` */
  PACKET_EVIDENCE_FLOW = 2048,       /* `flow` */
  PACKET_EVIDENCE_POLICY_DIR = 4096, /* `policy_dir` */
  PACKET_EVIDENCE_IKEY = 8192,       /* `ikey` */
  PACKET_EVIDENCE_ENDS = 16384,      /* `ends` */
};

enum flow_has {
  FLOW_HAS_PORTS = 1, /* `sport`, `dport` are ports */
  FLOW_HAS_ICMP = 2,  /* `sport` is the ICMP type, `dport` the code */
};

/* The flow that the kernel looked a policy up with: as decoded from the packet, before NAT changed it. */
struct flow_row {
  __u8 saddr[16]; /* IPv4: the first four bytes */
  __u8 daddr[16];
  __u32 mark;
  __s32 oif;   /* 0: any */
  __u16 sport; /* host order */
  __u16 dport;
  __u8 family; /* 4, 6 */
  __u8 proto;
  __u8 has; /* enum flow_has */
  __u8 reserved;
};

/* Addresses of a device. */
#define ENDS 4
struct device_ends {
  __u8 v4[ENDS][4]; /* zero: end of the list */
  __u8 v6[ENDS][16];
  __u8 more; /* 1: it has others */
  __u8 reserved[7];
};

/* An SA that the packet came through. */
struct secpath_row {
  __u64 address; /* of the kernel's state */
  __u8 saddr[16];
  __u8 daddr[16];
  __u32 spi;
  __u32 reqid;
  __u32 if_id;
  __u32 netns;  /* inode number */
  __u16 family; /* AF_* of the addresses */
  __u8 proto;
  __u8 mode;
  __u8 aalgo;  /* number of its authentication algorithm, as in the masks of templates; 0: none */
  __u8 helper; /* 1: the kernel made it, for packets that an IPComp peer sends uncompressed */
  __u8 reserved[6];
};

struct packet_evidence {
  __u32 has;              /* enum packet_evidence_has */
  __u32 integrity_before; /* the state's integrity_failed before this packet */
  __u32 integrity_after;
  __u32 mtu;              /* of the packet's route: what may go into the SA, bytes */
  __u32 skb_len;          /* what is compared with it; if `gso_size` is set, the length of a GSO packet */
  __u16 gso_size;         /* 0: one packet */
  __u16 gso_segs;         /* packets that it will be segmented into; 0: one packet, or not known */
  __u16 error;            /* the error number that the kernel's function is about to return; inbound: the one that the
                             SA's transform (ESP, AH, IPComp) returned */
  __u8 replay_seen;       /* 1: the replay window has the packet's sequence number as received */
  __u8 df;                /* IPv4: do not fragment */
  __u8 ignore_df;         /* 1: may be fragmented nevertheless */
  __u8 routed;            /* 1: a route is attached to the packet */
  __u8 inner_proto;       /* the protocol found inside ESP */
  __u8 default_policy[3]; /* by XFRM_POLICY_IN, OUT, FWD: XFRM_USERPOLICY_*: 1 block, 2 accept */
  __u8 policy_dir;        /* direction of the policy check, by the packet's route: XFRM_POLICY_IN or FWD */
  __u8 link_kind[15];     /* kind of the packet's device ("vti", "xfrm"), as rtnetlink names it; empty: none */
  char link_name[16];     /* of a VTI that the packet is about to come out of, while its device is still the lower one;
                             empty: not known */
  __u32 ikey;             /* of the VTI: the mark that its SAs and policies are looked up with */
  __u32 link_if_id;       /* of an xfrm interface; 0: none, or set for each packet (collect_md) */
  __u32 transform_len;    /* bytes from the ESP or AH header to the end of the packet */
  __u16 header_len;       /* the state's props.header_len: ESP header and IV, outer IP header, UDP header */
  __u16 ah_len;           /* of the packet's AH header, with its ICV, bytes */
  struct flow_row flow;
  struct device_ends
      ends[2]; /* a packet in clear: of the device that it came in by, and of the one that it would leave by */
  __u32 secpath_len;
  __u32 verified;                         /* SAs of the secpath that an earlier check has accepted */
  struct secpath_row secpath[XFRM_DEPTH]; /* the first one is the outermost */
};

#endif
