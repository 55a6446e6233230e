/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Judges whether a packet that the kernel answers with an ICMP error is a loss of IPsec. */
#ifndef XFRM_SNAP_ICMP_LOSS_BPF_H
#define XFRM_SNAP_ICMP_LOSS_BPF_H

#include "losses.h"
#include "lost_packet.bpf.h"

/* Type and code of an ICMP error as one number. Those that matter here mean one thing each in ICMP and ICMPv6. */
#define ICMP_KIND(type, code) ((type) << 8 | (code))

/* Functions that send an ICMP error about a packet and then count it; size 0: end of the list. */
#define COUNTING_CALLERS 8
const volatile struct code_range counting_callers[COUNTING_CALLERS];

static __always_inline bool counted_by_caller(struct pt_regs* ctx) {
  __u64 back = return_address(ctx);
  __u32 found = 0, i;
#pragma clang loop unroll(disable)
  for (i = 0; i < COUNTING_CALLERS; i++)
    found |= back - counting_callers[i].start < counting_callers[i].size;
  return found;
}

/* An outbound packet larger than the MTU of its SA or tunnel interface. */
static __always_inline bool lose_too_big(struct error_record* e, struct pt_regs* ctx, struct sk_buff* skb, bool v4) {
  struct dst_entry* dst = skb_dst_entry(skb);
  __u32 mtu = PT_REGS_PARM4(ctx);
  if (!dst) return false;
  e->state_at = (__u64)BPF_CORE_READ(dst, xfrm);
  if (!e->state_at && !is_tunnel_device(BPF_CORE_READ(dst, dev))) return false;
  if (counted_by_caller(ctx)) return false;
  e->key.counter = LOSS_TOO_BIG;
  e->output = 1;
  e->packets = packets_of(skb);
  e->packet_evidence.mtu = v4 ? bpf_ntohl(mtu) : mtu;
  e->packet_evidence.has |= PACKET_EVIDENCE_MTU;
  return true;
}

/* True if the mirror has, or had, an SA that the packet may belong to. */
static __always_inline bool has_state_of(struct error_record* e) {
  const struct packet_id* id = &e->packet.id;
  struct search* s = &e->search;
  struct wanted* w = &s->wanted;
  bool found;
  s->distance = NO_CANDIDATE;
  w->netns = e->key.netns;
  w->mark = e->packet.mark;
  w->family = address_family(id->family);
  copy_address(w->daddr, id->daddr);
  s->key = id_key(w->netns, w->family, PROTO_ESP, id->daddr, id->spi);
  consider(false);
  if (s->distance < NO_CANDIDATE) return true;
  find_tombstone(w->mark);
  found = e->evidence.has & EVIDENCE_DELETED;
  no_evidence(&e->evidence);
  if (found) return true;
  s->key = spi_key(w->netns, PROTO_ESP, id->spi);
  consider(false);
  return s->distance < NO_CANDIDATE && !(s->differs & DIFFERS_DADDR);
}

static __always_inline bool lose_unclaimed_udp(struct error_record* e, struct sk_buff* skb) {
  __u32 spi = spi_in_udp(e, skb);
  if (!spi) return false;
  e->packet.id.spi = spi;
  if (!has_state_of(e)) return false;
  name_esp_in_udp(&e->packet, spi);
  e->key.counter = LOSS_NO_ENCAP_SOCKET;
  return true;
}

static __always_inline bool lose_unclaimed(struct error_record* e, struct sk_buff* skb) {
  e->packets = 1;
  if (is_transform(e->packet.id.proto)) {
    e->key.counter = LOSS_NO_HANDLER;
    return true;
  }
  return mirroring && e->key.netns && lose_unclaimed_udp(e, skb);
}

static __always_inline bool wants_icmp(struct pt_regs* ctx) {
  __u32 kind = ICMP_KIND((__u8)PT_REGS_PARM2(ctx), (__u8)PT_REGS_PARM3(ctx));
  return kind == ICMP_KIND(3, 2) || kind == ICMP_KIND(3, 3) || kind == ICMP_KIND(3, 4) || kind == ICMP_KIND(2, 0) ||
         kind == ICMP_KIND(1, 4) || kind == ICMP_KIND(4, 1);
}

/* The kernel is about to send an ICMP error for a packet that has been read. */
static __always_inline bool lose_by_icmp(struct error_record* e, struct pt_regs* ctx, struct sk_buff* skb) {
  __u8 type = PT_REGS_PARM2(ctx), code = PT_REGS_PARM3(ctx);
  if (ICMP_KIND(type, code) == ICMP_KIND(3, 4)) return lose_too_big(e, ctx, skb, true);
  if (type == 2) return lose_too_big(e, ctx, skb, false);
  return lose_unclaimed(e, skb);
}

#endif
