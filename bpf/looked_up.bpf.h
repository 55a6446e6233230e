/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the function that counts had itself: the flow that it looked policies up with, what the SA's transform returned.
 */
#ifndef XFRM_SNAP_LOOKED_UP_BPF_H
#define XFRM_SNAP_LOOKED_UP_BPF_H

#define NET_XMIT_DROP 1
#define ENOSPC 28

/* Where `noted` tells it: fetched for every such increment, for it is not for the next one. */
static __always_inline void note_transform_error(struct error_record* e, const struct site* site) {
  __u64 error = fetch_note(site, MARK_ERROR);
  if (!error) return;
  e->clues.error = error;
  e->clues.has |= CLUE_ERROR;
}

/* Where the resolver has proved what the function that counts is going to return. False: it has not. */
static __always_inline bool note_returned(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  const struct operand* o = &site->operand[ROLE_ERROR];
  __u32 returned, error;
  if (!o->where) return false;
  returned = o->where == OPERAND_CONSTANT ? o->offset : fetch_value(ctx, o);
  /* ESP and AH return so where the cipher's queue was full: net/ipv[46]/esp[46].c, ah[46].c */
  if (returned == NET_XMIT_DROP && site->counter == XfrmOutStateProtoError) returned = -ENOSPC;
  error = -returned;
  if (!error || error > 4095) return true;
  e->clues.error = error;
  e->clues.has |= CLUE_ERROR;
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

/* The flow lies in the frame of the function that counts: it tells the addresses before NAT, which the packet no longer
 * has where conntrack has changed them. */
static __always_inline void fill_looked_up(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  const struct operand* o = &site->operand[ROLE_LOOKED_UP];
  __u32 family;
  if (o->where != OPERAND_FRAME) return;
  family = looked_up_family(e, ctx, site);
  if (family != AF_INET && family != AF_INET6) return;
  fill_flow_row(&e->clues.flow, (const struct flowi*)(PT_REGS_SP(ctx) + o->offset), family);
  e->clues.has |= CLUE_FLOW;
}

#endif
