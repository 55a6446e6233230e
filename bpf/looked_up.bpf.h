/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads what the counting function has in its own frame: the flow that it looked policies up with, and the error number
 * that it returns. */
#ifndef XFRM_SNAP_LOOKED_UP_BPF_H
#define XFRM_SNAP_LOOKED_UP_BPF_H

#include "flow.bpf.h"

#define NET_XMIT_DROP 1
#define ENOSPC 28

/* Fetches the error that a mark noted. Every such increment does, so that none is left for the next one. */
static __always_inline void note_transform_error(struct error_record* e, const struct site* site) {
  __u64 error = fetch_note(site, MARK_ERROR);
  if (!error) return;
  e->packet_evidence.error = error;
  e->packet_evidence.has |= PACKET_EVIDENCE_ERROR;
}

/* False: the resolver has not proved what the counting function returns. */
static __always_inline bool note_returned(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  const struct operand* o = &site->operand[ROLE_ERROR];
  __u32 returned, error;
  if (!o->where) return false;
  returned = o->where == OPERAND_CONSTANT ? o->offset : fetch_value(ctx, o);
  /* ESP and AH return NET_XMIT_DROP if the queue of the cipher is full: net/ipv[46]/esp[46].c, ah[46].c */
  if (returned == NET_XMIT_DROP && site->counter == XfrmOutStateProtoError) returned = -ENOSPC;
  error = -returned;
  if (!error || error > 4095) return true;
  e->packet_evidence.error = error;
  e->packet_evidence.has |= PACKET_EVIDENCE_ERROR;
  return true;
}

static __always_inline __u32 looked_up_family(const struct error_record* e, struct pt_regs* ctx,
                                              const struct site* site) {
  if (site->operand[ROLE_FAMILY].where) return fetch_value(ctx, &site->operand[ROLE_FAMILY]) & 0xff;
  return address_family(e->packet.id.family);
}

static __always_inline void fill_flow_row(struct flow_row* f, const struct flowi* flow, __u32 family) {
  const struct flowi_common* common = (const struct flowi_common*)flow;
  const struct flowi4* fl4 = (const struct flowi4*)flow;
  const struct flowi6* fl6 = (const struct flowi6*)flow;
  f->proto = BPF_CORE_READ(common, flowic_proto);
  f->mark = BPF_CORE_READ(common, flowic_mark);
  f->oif = BPF_CORE_READ(common, flowic_oif);
  if (family == AF_INET) {
    f->family = 4;
    bpf_probe_read_kernel(f->saddr, 4, __builtin_preserve_access_index(&fl4->saddr));
    bpf_probe_read_kernel(f->daddr, 4, __builtin_preserve_access_index(&fl4->daddr));
    f->has = read_uli(__builtin_preserve_access_index(&fl4->uli), f->proto, &f->sport, &f->dport);
  } else {
    f->family = 6;
    bpf_probe_read_kernel(f->saddr, 16, __builtin_preserve_access_index(&fl6->saddr));
    bpf_probe_read_kernel(f->daddr, 16, __builtin_preserve_access_index(&fl6->daddr));
    f->has = read_uli(__builtin_preserve_access_index(&fl6->uli), f->proto, &f->sport, &f->dport);
  }
}

/* The flow is in the frame of the counting function. It has the addresses before NAT, which conntrack may have changed
 * in the packet. */
static __always_inline void fill_looked_up(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  const struct operand* o = &site->operand[ROLE_LOOKED_UP];
  __u32 family;
  if (o->where != OPERAND_FRAME) return;
  family = looked_up_family(e, ctx, site);
  if (family != AF_INET && family != AF_INET6) return;
  fill_flow_row(&e->packet_evidence.flow, (const struct flowi*)(PT_REGS_SP(ctx) + o->offset), family);
  e->packet_evidence.has |= PACKET_EVIDENCE_FLOW;
}

#endif
