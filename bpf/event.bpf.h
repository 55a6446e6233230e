/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starts the event of an increment: its counter, netns, process, and the packet or flow that it is about. */
#ifndef XFRM_SNAP_EVENT_BPF_H
#define XFRM_SNAP_EVENT_BPF_H

#include "actor.bpf.h"
#include "evidence.bpf.h"
#include "flow.bpf.h"

const volatile bool want_stack;

static __always_inline void start_record(struct error_record* e, const struct site* site) {
  /* The parts from `evidence` on say themselves whether they are filled. */
  __builtin_memset(e, 0, __builtin_offsetof(struct error_record, evidence));
  e->header.kind = RECORD_ERROR;
  e->header.cpu = bpf_get_smp_processor_id();
  e->header.mono_ns = bpf_ktime_get_ns();
  e->key.site = site->id;
  e->key.counter = site->counter;
  e->amount = 1;
  e->output = site->output;
  no_evidence(&e->evidence);
}

/* The counters that rise, and by how much. */
static __always_inline void read_increment(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  bpf_probe_read_kernel(&e->mib, sizeof(e->mib), (const void*)ctx + site->base_at);
  e->mib -= site->base_offset;
  if (site->has_amount) bpf_probe_read_kernel(&e->amount, sizeof(e->amount), (const void*)ctx + site->amount_at);
}

static __always_inline void set_netns(struct error_record* e, const struct netns_row* ns) {
  if (!ns) return;
  e->key.netns = ns->inum;
  e->key.born_ns = ns->born_ns;
}

static __always_inline void find_netns(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                       struct sk_buff* skb) {
  set_netns(e, netns_of(ctx, site, skb, e->mib));
}

static __always_inline __u32 policy_family(struct xfrm_policy* policy) {
  return policy ? BPF_CORE_READ(policy, family) : 0;
}

static __always_inline void find_flow(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  __u64 flow = (__u64)fetch_object(ctx, site, ROLE_FLOW), marked = fetch_note(site, MARK_FLOW);
  struct dst_entry* dst = fetch_object(ctx, site, ROLE_DST);
  struct from_caller caller = ask_caller(ctx, site->caller, site->return_at);
  if (!flow) flow = caller.flow ? caller.flow : marked;
  if (!dst) dst = (struct dst_entry*)caller.dst;
  e->flow_family = dst ? dst_family(dst) : flow_family(ctx, site);
  if (!e->flow_family) e->flow_family = policy_family((struct xfrm_policy*)e->policy_at);
  read_route(&e->packet, dst);
  if (flow) read_flow(&e->packet, (struct flowi*)flow, e->flow_family);
}

/* The protocol of the transform that xfrm_input is undoing; 0: the IP header names it. */
static __always_inline __u8 transform_at(const struct error_record* e, const struct site* site, struct sk_buff* skb) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  __u8 proto = 0;
  if (!site->in_loop) return 0;
  if (before_state(site->counter))
    proto = came_out(skb);
  else if (x)
    proto = BPF_CORE_READ(x, id.proto);
  return is_transform(proto) ? proto : 0;
}

static __always_inline void read_inbound(struct error_record* e, const struct site* site, struct sk_buff* skb) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  __u8 transform = transform_at(e, site, skb);
  read_packet((__u64)skb, false, transform);
  if (transform && !before_state(site->counter)) hold_to_state(&e->packet, BPF_CORE_READ(x, id.spi));
}

static __always_inline void fill_packet(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                        struct sk_buff* skb) {
  e->state_at = held_state(ctx, site, skb);
  e->policy_at = matched_policy(ctx, site);
  e->search.main_at = site->counter == XfrmOutNoStates ? next_policy(ctx, site) : 0;
  if (skb && site->output)
    read_packet((__u64)skb, true, 0);
  else if (skb)
    read_inbound(e, site, skb);
  else
    find_flow(e, ctx, site);
}

static __always_inline void fill_process(struct error_record* e, struct pt_regs* ctx) {
  e->in_process = in_process();
  if (e->in_process) {
    e->tgid = bpf_get_current_pid_tgid() >> 32;
    copy_comm(e->comm);
  }
  if (want_stack) {
    long bytes = bpf_get_stack(ctx, e->stack, sizeof(e->stack), 0);
    e->stack_size = bytes > 0 ? (__u64)bytes / 8 : 0;
  }
}

#endif
