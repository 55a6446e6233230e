/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fetches operands, which the resolver proved to be in registers or stack slots, and finds the netns. */
#ifndef XFRM_SNAP_OPERANDS_BPF_H
#define XFRM_SNAP_OPERANDS_BPF_H

#include "compat.bpf.h"
#include "counters.h"
#include "maps.bpf.h"

#define XFRM_DEPTH 6 /* XFRM_MAX_DEPTH */
#define XFRM_POLICY_BLOCK 1

/* The value in a register or stack slot; 0: none, or a value that cannot be the object. */
static __always_inline __u64 fetch_value(struct pt_regs* ctx, const struct operand* o) {
  __u64 value = 0, sp = PT_REGS_SP(ctx);
  if (o->where == OPERAND_REG)
    bpf_probe_read_kernel(&value, sizeof(value), (const void*)ctx + o->reg_at);
  else if (o->where == OPERAND_SLOT)
    bpf_probe_read_kernel(&value, sizeof(value), (const void*)(sp + o->offset));
  if (o->frame && (value - sp < o->frame || (__s64)value > -(1ll << 40)))
    return 0; /* in the own frame, or a small number */
  return value;
}

static __always_inline bool is_object(__u64 address) {
  return (__s64)address < 0 && address < (__u64)-4095;
}

static __always_inline __u64 object_or_none(__u64 address) {
  return is_object(address) ? address : 0;
}

/* What the caller of the function has; 0: not known. */
struct from_caller {
  __u64 flow;
  __u64 dst;
};

static __always_inline __u64 kept_value(struct pt_regs* ctx, __s32 at) {
  const void* from = (const void*)(PT_REGS_SP(ctx) + at);
  __u16 reg_at = at & 0xf8;
  __u64 value = 0;
  if (at & IN_REGISTER) from = (const void*)ctx + reg_at;
  bpf_probe_read_kernel(&value, sizeof(value), from);
  return value;
}

static __always_inline struct from_caller ask_caller(struct pt_regs* ctx, const struct caller_flow* callers,
                                                     __s32 return_at) {
  struct from_caller out = {};
  __u64 back;
  __u32 i;
  if (!callers[0].back) return out;
  back = kept_return_address(PT_REGS_SP(ctx) + return_at);
#pragma unroll
  for (i = 0; i < CALLERS; i++) {
    if (callers[i].back != back) continue;
    out.flow = kept_value(ctx, callers[i].flow);
    if (callers[i].dst != NOWHERE) out.dst = kept_value(ctx, callers[i].dst);
  }
  out.flow = object_or_none(out.flow);
  out.dst = object_or_none(out.dst & ~1ull);
  return out;
}

/* The error number that an SA's transform returned, positive; 0: it returned none. */
static __always_inline __u64 marked_error(struct pt_regs* ctx, const struct mark* mark) {
  __u32 error = -(__u32)fetch_value(ctx, &mark->value);
  return error < 4096 ? error : 0;
}

static __always_inline __u64 flow_at_mark(struct pt_regs* ctx, const struct mark* mark) {
  __u64 flow = fetch_value(ctx, &mark->value) + mark->value.addend;
  return is_object(flow) ? flow : ask_caller(ctx, mark->caller, mark->return_at).flow;
}

/* Notes what is known at a mark, for the increment that follows. */
static __always_inline void take_note(struct pt_regs* ctx, const struct mark* mark) {
  struct note note = {.kind = mark->kind, .counter = mark->counter};
  __u64 id = context_id();
  note.value = mark->kind == MARK_ERROR ? marked_error(ctx, mark) : flow_at_mark(ctx, mark);
  if (note.value)
    bpf_map_update_elem(&noted, &id, &note, BPF_ANY);
  else
    bpf_map_delete_elem(&noted, &id);
}

/* Takes what the last mark in this context noted for such a site; 0: nothing. */
static __always_inline __u64 fetch_note(const struct site* site, __u32 kind) {
  struct note* note;
  __u64 id, value;
  if (site->noted != kind) return 0;
  id = context_id();
  note = bpf_map_lookup_elem(&noted, &id);
  if (!note) return 0;
  value = note->kind == kind && note->counter == site->counter ? note->value : 0;
  bpf_map_delete_elem(&noted, &id);
  return value;
}

static __always_inline void* fetch_object(struct pt_regs* ctx, const struct site* site, __u32 role) {
  const struct operand* o = &site->operand[role];
  __u64 value = fetch_value(ctx, o);
  if (role == ROLE_DST) value &= ~1ull; /* SKB_DST_NOREF */
  if ((__s64)value >= 0 || value >= (__u64)-4095) return 0;
  return (void*)(value + o->addend);
}

static __always_inline struct net* device_net(struct net_device* dev) {
  return dev ? BPF_CORE_READ(dev, nd_net.net) : 0;
}

static __always_inline struct dst_entry* skb_dst_entry(struct sk_buff* skb) {
  return (struct dst_entry*)(BPF_CORE_READ(skb, _skb_refdst) & ~1ull);
}

/* The counters of the netns: a per-CPU address. */
static __always_inline __u64 mib_of(struct net* net) {
  return (__u64)BPF_CORE_READ(net, mib.xfrm_statistics);
}

/* True if the counters at `mib` belong to this netns. */
static __always_inline bool owns(struct net* net, __u64 mib) {
  return net && mib_of(net) == mib;
}

static __always_inline struct net* skb_net(struct sk_buff* skb, __u64 mib) {
  struct net* net = device_net(BPF_CORE_READ(skb, dev));
  struct dst_entry* dst;
  if (owns(net, mib)) return net;
  dst = skb_dst_entry(skb);
  net = dst ? device_net(BPF_CORE_READ(dst, dev)) : 0;
  return owns(net, mib) ? net : 0;
}

static __always_inline struct sk_buff* fetch_skb(struct pt_regs* ctx, const struct site* site, __u64 mib) {
  struct sk_buff* skb = fetch_object(ctx, site, ROLE_SKB);
  if (skb && site->operand[ROLE_SKB].check && !skb_net(skb, mib)) return 0;
  return skb;
}

static __always_inline struct net* find_net(struct pt_regs* ctx, const struct site* site, struct sk_buff* skb,
                                            __u64 mib) {
  struct net* net = fetch_object(ctx, site, ROLE_NET);
  struct xfrm_state* state;
  struct dst_entry* dst;
  if (owns(net, mib)) return net;
  net = skb ? skb_net(skb, mib) : 0;
  if (net) return net;
  state = fetch_object(ctx, site, ROLE_STATE);
  net = state ? BPF_CORE_READ(state, xs_net.net) : 0;
  if (owns(net, mib)) return net;
  dst = fetch_object(ctx, site, ROLE_DST);
  net = dst ? device_net(BPF_CORE_READ(dst, dev)) : 0;
  return owns(net, mib) ? net : 0;
}

static __always_inline struct netns_row* remember_netns(__u64 mib, __u32 inum, __u64 flags) {
  struct netns_row row = {.inum = inum, .born_ns = bpf_ktime_get_ns()}, *kept;
  bpf_map_update_elem(&netns, &mib, &row, flags);
  kept = bpf_map_lookup_elem(&netns, &mib);
  if (!kept) count_lost(LOST_NETNS_FULL);
  return kept;
}

/* NULL: the packet came through no SA. */
static __always_inline struct sec_path* secpath_of(struct sk_buff* skb) {
  struct skb_ext* extensions = BPF_CORE_READ(skb, extensions);
  __u32 id = bpf_core_enum_value(enum skb_ext_id, SKB_EXT_SEC_PATH);
  __u8 offset = 0;
  if (!(BPF_CORE_READ(skb, active_extensions) >> id & 1) || !extensions) return 0;
  bpf_probe_read_kernel(&offset, 1, __builtin_preserve_access_index(&extensions->offset[0]) + id);
  return (struct sec_path*)((__u8*)extensions + offset * 8);
}

/* The last SA that the packet came through. */
static __always_inline __u64 secpath_state(struct sk_buff* skb) {
  struct sec_path* path = secpath_of(skb);
  __u64 state = 0;
  __u32 last;
  if (!path) return 0;
  last = BPF_CORE_READ(path, len) - 1;
  if (last >= XFRM_DEPTH) return 0;
  bpf_probe_read_kernel(&state, sizeof(state), (__u64*)__builtin_preserve_access_index(&path->xvec[0]) + last);
  return state;
}

/* The SA that the packet holds: the one that the function handles, or that the packet came through, or will leave
 * through. */
static __always_inline __u64 held_state(struct pt_regs* ctx, const struct site* site, struct sk_buff* skb) {
  struct dst_entry* dst = skb && site->output ? skb_dst_entry(skb) : 0;
  __u64 state = (__u64)fetch_object(ctx, site, ROLE_STATE);
  if (state) return state;
  if (dst) return (__u64)BPF_CORE_READ(dst, xfrm);
  return skb && !site->output ? secpath_state(skb) : 0;
}

static __always_inline bool blocks(__u64 policy) {
  return BPF_CORE_READ((struct xfrm_policy*)policy, action) == XFRM_POLICY_BLOCK;
}

/* The policy that matched. Of two, one of each type, it may be the second that blocks. */
static __always_inline __u64 matched_policy(struct pt_regs* ctx, const struct site* site) {
  __u64 policy = (__u64)fetch_object(ctx, site, ROLE_POLICY), both[2] = {};
  __u64* policies = fetch_object(ctx, site, ROLE_POLICIES);
  if (policies) bpf_probe_read_kernel(both, sizeof(both), policies);
  if (!policy && is_object(both[0])) policy = both[0];
  if (site->counter != XfrmInPolBlock && site->counter != XfrmOutPolBlock) return policy;
  return policy && !blocks(policy) && is_object(both[1]) && blocks(both[1]) ? both[1] : policy;
}

/* The pointer behind the policy that matched, where the kernel keeps the second one; 0: no pointer to an object. */
static __always_inline __u64 next_policy(struct pt_regs* ctx, const struct site* site) {
  struct operand next = site->operand[ROLE_POLICY];
  __u64 policy;
  if (next.where != OPERAND_SLOT) return 0;
  next.offset += sizeof(policy);
  policy = fetch_value(ctx, &next);
  return is_object(policy) ? policy : 0;
}

/* The netns whose counters are at `mib`; NULL: not known. */
static __always_inline struct netns_row* netns_of(struct pt_regs* ctx, const struct site* site, struct sk_buff* skb,
                                                  __u64 mib) {
  struct netns_row* row = bpf_map_lookup_elem(&netns, &mib);
  struct net* net;
  if (row) return row;
  net = find_net(ctx, site, skb, mib);
  return net ? remember_netns(mib, BPF_CORE_READ(net, ns.inum), BPF_NOEXIST) : 0;
}

#endif
