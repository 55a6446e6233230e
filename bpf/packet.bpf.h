/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the identity of a packet. */
#ifndef XFRM_SNAP_PACKET_BPF_H
#define XFRM_SNAP_PACKET_BPF_H

#include "capture.bpf.h"
#include "counters.h"
#include "operands.bpf.h"

#define IPV6_EXTENSIONS 6 /* extension headers that are skipped at most */
#define NO_HEADER 0xffff  /* skb->transport_header that was never set */

enum {
  PROTO_HOPOPTS = 0,
  PROTO_ICMP = 1,
  PROTO_IGMP = 2,
  PROTO_IPIP = 4,
  PROTO_IPV6 = 41,
  PROTO_TCP = 6,
  PROTO_UDP = 17,
  PROTO_DCCP = 33,
  PROTO_ROUTING = 43,
  PROTO_FRAGMENT = 44,
  PROTO_ESP = 50,
  PROTO_AH = 51,
  PROTO_ICMPV6 = 58,
  PROTO_DSTOPTS = 60,
  PROTO_COMP = 108,
  PROTO_SCTP = 132,
  PROTO_UDPLITE = 136
};

/* The linear part of an skb: offsets are from `head`, valid up to `tail`. */
struct linear {
  const unsigned char* head;
  __u32 network;
  __u32 transport;
  __u32 tail;
  __u32 at;    /* of the header to be read next; 0: none */
  __u32 named; /* of the byte that names the protocol of that header */
};

static __always_inline bool read_header(const struct linear* l, __u32 at, void* into, __u32 size) {
  return at + size <= l->tail && !bpf_probe_read_kernel(into, size, l->head + at);
}

static __always_inline bool has_ports(__u8 proto) {
  return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_UDPLITE ||
         proto == PROTO_DCCP;
}

static __always_inline void read_ports(struct packet* p, const struct linear* l) {
  __be16 ports[2];
  if (!read_header(l, l->at, ports, sizeof(ports))) return;
  p->sport = bpf_ntohs(ports[0]);
  p->dport = bpf_ntohs(ports[1]);
  p->flags |= PACKET_HAS_PORTS;
}

static __always_inline bool is_icmp(const struct packet_id* id) {
  return id->proto == (id->family == 6 ? PROTO_ICMPV6 : PROTO_ICMP);
}

static __always_inline void read_icmp(struct packet* p, const struct linear* l) {
  __u8 type_and_code[2];
  if (!read_header(l, l->at, type_and_code, sizeof(type_and_code))) return;
  p->sport = type_and_code[0];
  p->dport = type_and_code[1];
  p->flags |= PACKET_HAS_ICMP;
}

/* The SPI at `at`, and the sequence number behind it. */
static __always_inline void read_spi(struct packet* p, const struct linear* l, __u32 at) {
  __be32 seq;
  if (read_header(l, at, &p->id.spi, sizeof(p->id.spi))) p->flags |= PACKET_HAS_SPI;
  if (!read_header(l, at + 4, &seq, sizeof(seq))) return;
  p->seq = bpf_ntohl(seq);
  p->flags |= PACKET_HAS_SEQ;
}

static __always_inline void read_cpi(struct packet* p, const struct linear* l) {
  __be16 cpi;
  if (!read_header(l, l->at + 2, &cpi, sizeof(cpi))) return;
  p->id.spi = bpf_htonl(bpf_ntohs(cpi));
  p->flags |= PACKET_HAS_SPI;
}

/* ESP in UDP or TCP: the kernel has set the transport header to the ESP header, behind the UDP or TCP one. */
static __always_inline bool encapsulated(struct packet* p, const struct linear* l) {
  if (l->transport == NO_HEADER || l->transport <= l->at) return false;
  if (p->id.proto == PROTO_UDP && (l->transport == l->at + 8 || l->transport == l->at + 16))
    p->id.encap = ENCAP_UDP;
  else if (p->id.proto == PROTO_TCP && l->transport >= l->at + 20)
    p->id.encap = ENCAP_TCP;
  return p->id.encap != ENCAP_NONE;
}

/* In transport mode xfrm_input undoes one transform after another and moves the IP header up to the next one, but the
 * header keeps naming the outermost protocol until the last transform is undone. `transform`: the protocol of the next
 * one, from its state or the packet's control block; 0: the header is right. */
static __always_inline void read_transport(struct packet* p, const struct linear* l, __u8 transform) {
  bool outermost;
  if (!l->at) return;
  outermost = encapsulated(p, l) || !transform || transform == p->id.proto;
  if (!outermost) {
    p->id.proto = transform;
    name_captured(l->named - l->network, transform);
  }
  if (has_ports(p->id.proto)) read_ports(p, l);
  if (is_icmp(&p->id)) read_icmp(p, l);
  if (p->id.encap != ENCAP_NONE) {
    p->id.proto = PROTO_ESP;
    read_spi(p, l, l->transport);
  } else if (p->id.proto == PROTO_ESP) {
    read_spi(p, l, l->at);
  } else if (p->id.proto == PROTO_AH) {
    read_spi(p, l, l->at + 4);
  } else if (p->id.proto == PROTO_COMP) {
    read_cpi(p, l);
  }
}

static __always_inline void read_ipv4(struct packet* p, struct linear* l) {
  struct iphdr ip;
  if (!read_header(l, l->network, &ip, sizeof(ip))) return;
  p->id.family = 4;
  p->id.proto = ip.protocol;
  __builtin_memcpy(p->id.saddr, &ip.saddr, 4);
  __builtin_memcpy(p->id.daddr, &ip.daddr, 4);
  p->len = bpf_ntohs(ip.tot_len);
  p->flags |= PACKET_FOUND;
  if (ip.frag_off & bpf_htons(0x1fff)) return;
  l->at = l->network + ip.ihl * 4;
  l->named = l->network + __builtin_offsetof(struct iphdr, protocol);
}

/* Bytes of an extension header; 0: `next` is not one. */
static __always_inline __u32 extension(__u8 next, const __u8* header) {
  if (next == PROTO_FRAGMENT) return 8;
  if (next == PROTO_HOPOPTS || next == PROTO_ROUTING || next == PROTO_DSTOPTS) return 8 + header[1] * 8;
  return 0;
}

static __always_inline void read_ipv6(struct packet* p, struct linear* l) {
  struct ipv6hdr ip;
  __u32 at = l->network + sizeof(ip);
  if (!read_header(l, l->network, &ip, sizeof(ip))) return;
  p->id.family = 6;
  __builtin_memcpy(p->id.saddr, &ip.saddr, 16);
  __builtin_memcpy(p->id.daddr, &ip.daddr, 16);
  p->len = ip.payload_len ? bpf_ntohs(ip.payload_len) + sizeof(ip) : 0;
  p->flags |= PACKET_FOUND;
  p->id.proto = ip.nexthdr;
  l->named = l->network + __builtin_offsetof(struct ipv6hdr, nexthdr);
#pragma unroll
  for (int i = 0; i < IPV6_EXTENSIONS; i++) {
    __u8 header[4] = {};
    __u32 size;
    if (!read_header(l, at, header, sizeof(header))) break;
    size = extension(p->id.proto, header);
    if (!size) break;
    if (p->id.proto == PROTO_FRAGMENT && ((header[2] << 8 | header[3]) & 0xfff8)) {
      p->id.proto = header[0];
      return; /* a later fragment: no transport header */
    }
    p->id.proto = header[0];
    l->named = at;
    at += size;
  }
  l->at = at;
}

static __always_inline void read_device(struct packet* p, struct net_device* dev) {
  if (!dev) return;
  p->ifindex = BPF_CORE_READ(dev, ifindex);
  BPF_CORE_READ_STR_INTO(&p->ifname, dev, name);
  p->flags |= PACKET_HAS_IF;
}

static __always_inline void read_network(struct packet* p, struct linear* l) {
  __u8 version = 0;
  l->at = 0;
  if (!read_header(l, l->network, &version, 1)) return;
  if (version >> 4 == 4) read_ipv4(p, l);
  if (version >> 4 == 6) read_ipv6(p, l);
}

/* On the way out the kernel first makes room: it moves the IP header forward, or puts that of a tunnel before it, while
 * the packet itself still begins at `data`. The room in between is not filled yet. */
static __always_inline void look_behind_room(struct packet* p, struct linear* l, __u32 data) {
  if (!l->at || data <= l->at) return;
  l->at = data;
  if (p->id.proto != PROTO_IPIP && p->id.proto != PROTO_IPV6) return;
  l->network = data;
  read_network(p, l);
}

/* An ESP or AH header that is not written yet holds garbage: its SPI is not that of the SA. */
static __always_inline void doubt_spi(struct packet* p, struct dst_entry* dst) {
  struct xfrm_state* x = dst ? BPF_CORE_READ(dst, xfrm) : 0;
  if (!x || !(p->flags & PACKET_HAS_SPI) || BPF_CORE_READ(x, id.spi) == p->id.spi) return;
  p->id.spi = 0;
  p->seq = 0;
  p->flags &= ~(PACKET_HAS_SPI | PACKET_HAS_SEQ);
}

/* The SA is certain: a header with another SPI is not the one that led to it. */
static __always_inline void hold_to_state(struct packet* p, __u32 spi) {
  if (p->flags & PACKET_HAS_SPI && p->id.spi == spi) return;
  p->id.spi = spi;
  p->seq = 0;
  p->flags = (p->flags | PACKET_HAS_SPI) & ~PACKET_HAS_SEQ;
}

static __always_inline void read_skb(struct packet* p, struct sk_buff* skb, bool output, __u8 transform) {
  struct linear l = {};
  struct net_device* dev = BPF_CORE_READ(skb, dev);
  struct dst_entry* dst = skb_dst_entry(skb);
  __u32 headers_end, network;
  l.head = BPF_CORE_READ(skb, head);
  l.network = BPF_CORE_READ(skb, network_header);
  l.transport = BPF_CORE_READ(skb, transport_header);
  l.tail = BPF_CORE_READ(skb, tail);
  p->mark = BPF_CORE_READ(skb, mark);
  p->flags |= PACKET_HAS_MARK;
  if (!dev && dst) dev = BPF_CORE_READ(dst, dev);
  read_device(p, dev);
  read_network(p, &l);
  if (!(p->flags & PACKET_FOUND)) return;
  headers_end = l.at;
  network = l.network;
  if (output) look_behind_room(p, &l, BPF_CORE_READ(skb, data) - l.head);
  capture(l.head, l.network, headers_end, l.network == network ? l.at : 0, l.tail);
  if (!p->len) p->len = BPF_CORE_READ(skb, len);
  p->flags |= PACKET_HAS_LEN;
  read_transport(p, &l, transform);
  if (output) doubt_spi(p, dst);
}

/* The packet of an event, from its skb. `transform`: see read_transport. */
__noinline int read_packet(__u64 skb, __u32 output, __u32 transform) {
  struct error_record* e = current_event();
  if (e) read_skb(&e->packet, (struct sk_buff*)skb, output, transform);
  return 0;
}

static __always_inline bool is_transform(__u8 proto) {
  return proto == PROTO_ESP || proto == PROTO_AH || proto == PROTO_COMP;
}

/* The protocol that came out of the last transform, which xfrm_input keeps in the packet's control block. Before the
 * first one that byte is the highest of the address family: 0. */
static __always_inline __u8 came_out(struct sk_buff* skb) {
  __u8 proto = 0;
  if (!bpf_core_type_exists(struct xfrm_mode_skb_cb)) return 0;
  bpf_probe_read_kernel(&proto, 1,
                        (__u8*)__builtin_preserve_access_index(&skb->cb[0]) +
                            bpf_core_field_offset(struct xfrm_mode_skb_cb, protocol));
  return proto;
}

/* True if xfrm_input raises the counter before it has found the state of the next transform. */
static __always_inline bool before_state(__u32 counter) {
  return counter == XfrmInNoStates || counter == XfrmInBufferError || counter == XfrmInHdrError;
}

#endif
