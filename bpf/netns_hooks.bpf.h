/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Follows netns as they are made and removed, and sends the last counters of one that is removed. */
#ifndef XFRM_SNAP_NETNS_HOOKS_BPF_H
#define XFRM_SNAP_NETNS_HOOKS_BPF_H

#include "counters.bpf.h"
#include "hook.bpf.h"
#include "losses.h"
#include "operands.bpf.h"

static __always_inline void emit_netns_made(const struct netns_row* ns) {
  struct netns_made_record* r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return; /* only its name is late: it is looked up at the first event, too */
  r->header = (struct record_header){.kind = RECORD_NETNS_MADE, .mono_ns = ns->born_ns};
  r->born_ns = ns->born_ns;
  r->netns = ns->inum;
  r->reserved = 0;
  bpf_ringbuf_submit(r, 0);
}

static __always_inline void on_netns_made(__u64 address, int error) {
  struct net* net = (struct net*)address;
  struct netns_row* ns;
  if (error) return;
  ns = remember_netns(mib_of(net), BPF_CORE_READ(net, ns.inum), BPF_ANY);
  if (ns) emit_netns_made(ns);
}

/* Deletes the totals of the counter or loss `next`. True at the end. */
static __always_inline bool forget_totals(const struct netns_row* ns, __u8* next) {
  struct total_key key = {.netns = ns->inum, .counter = *next, .born_ns = ns->born_ns};
  if (*next >= LOSS_END) return true;
  bpf_map_delete_elem(&totals, &key);
  key.counter = *next | AFTER_LIMIT;
  bpf_map_delete_elem(&totals, &key);
  key.counter = *next | FILTERED;
  if (filter.fields) bpf_map_delete_elem(&totals, &key);
  *next = next_turn(*next + 1 == counters ? LOSS_FIRST : *next + 1);
  return false;
}

static __always_inline void forget_netns(__u64 mib, const struct netns_row* ns) {
  __u8 counter = 1;
  bpf_map_delete_elem(&netns, &mib);
  REPEAT(COUNTER_SLOTS + LOSS_END - LOSS_FIRST, forget_totals(ns, &counter));
}

/* User space no longer reads events: totals are left in place. */
bool ended;

/* Sends what was counted while the counters still exist. */
static __always_inline void emit_netns_gone(__u64 mib, const struct netns_row* ns) {
  struct netns_gone_record* r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_RING);
  r->header = (struct record_header){.kind = RECORD_NETNS_GONE, .mono_ns = bpf_ktime_get_ns()};
  r->netns = ns->inum;
  r->reserved = 0;
  r->born_ns = ns->born_ns;
  sample(&r->counters, mib, ns);
  bpf_ringbuf_submit(r, 0);
}

static __always_inline void on_netns_gone(__u64 net) {
  __u64 mib = mib_of((struct net*)net);
  struct netns_row ns = {}, *known = bpf_map_lookup_elem(&netns, &mib);
  if (!known || ended) return;
  ns = *known;
  emit_netns_gone(mib, &ns);
  forget_netns(mib, &ns);
}

TYPED_RESULT_HOOK(netns_made, xfrm_net_init, 0, 1, PT_REGS_PARM1, on_netns_made, on_netns_made)
ENTRY_HOOK(netns_gone, xfrm_net_exit, on_netns_gone)

#endif
