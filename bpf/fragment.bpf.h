/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads what has arrived of an encrypted packet whose reassembly timed out. */
#ifndef XFRM_SNAP_FRAGMENT_BPF_H
#define XFRM_SNAP_FRAGMENT_BPF_H

#include "lost_packet.bpf.h"

#define FRAGMENTS_FIRST 1    /* INET_FRAG_FIRST_IN */
#define FRAGMENTS_COMPLETE 4 /* INET_FRAG_COMPLETE */
#define FRAGMENT_DEPTH 12    /* levels of the tree of fragments that are followed */
#define FRAGMENT_HEADER 8    /* bytes of the IPv6 fragment header */

/* The fragment with the lowest offset; NULL: none. */
static __always_inline struct sk_buff* first_fragment(struct inet_frag_queue* q) {
  struct rb_node* node = BPF_CORE_READ(q, rb_fragments.rb_node);
  __u32 i;
#pragma unroll
  for (i = 0; i < FRAGMENT_DEPTH; i++) {
    struct rb_node* left = node ? BPF_CORE_READ(node, rb_left) : 0;
    if (left) node = left;
  }
  return node ? (void*)node - bpf_core_field_offset(struct sk_buff, rbnode) : 0;
}

static __always_inline void read_fragment_addresses(struct packet_id* id, struct inet_frag_queue* q) {
  if (id->family == 4) {
    bpf_core_read(id->saddr, 4, &q->key.v4.saddr);
    bpf_core_read(id->daddr, 4, &q->key.v4.daddr);
    id->proto = BPF_CORE_READ(q, key.v4.protocol);
  } else {
    bpf_core_read(id->saddr, 16, &q->key.v6.saddr);
    bpf_core_read(id->daddr, 16, &q->key.v6.daddr);
  }
}

/* `data`: the payload of the first fragment, behind all IP headers. */
static __always_inline void read_first_fragment(struct packet* p, const unsigned char* data) {
  __be16 ports[2] = {};
  __u32 spi_at = 0;
  if (p->id.family == 6) bpf_probe_read_kernel(&p->id.proto, 1, data - FRAGMENT_HEADER);
  if (p->id.proto == PROTO_UDP) {
    bpf_probe_read_kernel(ports, sizeof(ports), data);
    p->sport = bpf_ntohs(ports[0]);
    p->dport = bpf_ntohs(ports[1]);
    p->flags |= PACKET_HAS_PORTS;
    spi_at = sizeof(struct udphdr);
  }
  if (p->id.proto == PROTO_AH) spi_at = 4;
  bpf_probe_read_kernel(&p->id.spi, sizeof(p->id.spi), data + spi_at);
  if (p->id.proto == PROTO_COMP) p->id.spi = 0;
  if (p->id.spi) p->flags |= PACKET_HAS_SPI;
}

/* At the timer of a reassembly queue. */
static __always_inline bool find_fragments(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct inet_frag_queue* q = (void*)PT_REGS_PARM1(ctx) - bpf_core_field_offset(struct inet_frag_queue, timer);
  __u32 flags = BPF_CORE_READ(q, flags);
  struct packet* p = &e->packet;
  struct sk_buff* first = first_fragment(q);
  if (flags & FRAGMENTS_COMPLETE || !first) return false;
  p->id.family = site->operand[ROLE_FAMILY].offset == AF_INET ? 4 : 6;
  p->flags = PACKET_FOUND;
  read_fragment_addresses(&p->id, q);
  if (flags & FRAGMENTS_FIRST) read_first_fragment(p, BPF_CORE_READ(first, data));
  set_net(e, BPF_CORE_READ(q, fqdir, net));
  e->packets = 1;
  if (is_transform(p->id.proto)) return true;
  if (!is_encrypted(p) || !p->id.spi) return false;
  name_esp_in_udp(p, p->id.spi);
  return true;
}

#endif
