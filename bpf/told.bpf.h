/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Remembers what was last told in each context, so that the loss of a packet that a counter has counted, or that was
 * told a moment ago, is not told again. */
#ifndef XFRM_SNAP_TOLD_BPF_H
#define XFRM_SNAP_TOLD_BPF_H

#define TOLD_NS 200000000ull /* longer than a packet takes to its end, on a processor that others share */

struct told {
  struct error_key key; /* of the increment's row */
  __u64 ns;
  __u64 skb;       /* 0: it was raised on a flow */
  __u64 dst;       /* the packet's route */
  __u32 increment; /* 1: a counter rose; 0: a loss */
  __u32 cpu;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64); /* context_id() */
  __type(value, struct told);
} told SEC(".maps");

static __always_inline void remember_told(const struct error_record* e, struct sk_buff* skb, bool increment) {
  struct told now = {.ns = e->header.mono_ns, .skb = (__u64)skb, .increment = increment, .cpu = e->header.cpu};
  __u64 id = context_id();
  __builtin_memcpy(&now.key, &e->key, sizeof(now.key));
  if (skb) now.dst = (__u64)skb_dst_entry(skb);
  bpf_map_update_elem(&told, &id, &now, BPF_ANY);
}

/* What was told last in this context, if that was just now; NULL: nothing. */
static __always_inline struct told* just_told(__u64 now) {
  __u64 id = context_id();
  struct told* t = bpf_map_lookup_elem(&told, &id);
  return t && now - t->ns < TOLD_NS ? t : 0;
}

/* True once: the packet itself was told of, or a lookup for a flow to the same place. A packet that is freed leaves its
 * place to the next one, so that nothing may be remembered of one that meets no other place. */
static __always_inline bool was_told(const struct error_record* e, struct sk_buff* skb) {
  struct told* t = just_told(e->header.mono_ns);
  if (!t) return false;
  if (t->skb && t->skb != (__u64)skb) return false;
  if (addresses_differ(t->key.id.daddr, e->packet.id.daddr)) return false;
  t->ns = 0;
  return true;
}

#endif
