/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Remembers the last report of each context, so that a loss is not reported again if a counter has counted the packet,
 * or if it was reported a moment ago. */
#ifndef XFRM_SNAP_REPORTED_BPF_H
#define XFRM_SNAP_REPORTED_BPF_H

#include "address.bpf.h"
#include "operands.bpf.h"

#define RECENT_NS 200000000ull /* longer than a packet takes to be freed, even on a busy CPU */

struct report {
  struct error_key key; /* of the increment's row */
  __u64 ns;
  __u64 skb;       /* 0: it was about a flow */
  __u64 dst;       /* the packet's route */
  __u32 increment; /* 1: a counter rose; 0: a loss */
  __u32 cpu;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64); /* context_id() */
  __type(value, struct report);
} reported SEC(".maps");

static __always_inline void remember_report(const struct error_record* e, struct sk_buff* skb, bool increment) {
  struct report now = {.ns = e->header.mono_ns, .skb = (__u64)skb, .increment = increment, .cpu = e->header.cpu};
  __u64 id = context_id();
  __builtin_memcpy(&now.key, &e->key, sizeof(now.key));
  if (skb) now.dst = (__u64)skb_dst_entry(skb);
  bpf_map_update_elem(&reported, &id, &now, BPF_ANY);
}

/* The last report of this context, if it is recent; NULL: none. */
static __always_inline struct report* just_reported(__u64 now) {
  __u64 id = context_id();
  struct report* t = bpf_map_lookup_elem(&reported, &id);
  return t && now - t->ns < RECENT_NS ? t : 0;
}

/* True, once, if the packet was just reported, or a lookup for a flow to the same destination. A new skb may reuse the
 * address of a freed one: so only packets that can be dropped at a second place are remembered. */
static __always_inline bool was_reported(const struct error_record* e, struct sk_buff* skb) {
  struct report* t = just_reported(e->header.mono_ns);
  if (!t) return false;
  if (t->skb && t->skb != (__u64)skb) return false;
  if (addresses_differ(t->key.id.daddr, e->packet.id.daddr)) return false;
  t->ns = 0;
  return true;
}

#endif
