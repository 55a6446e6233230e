/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filters that are made and changed, where the compiler has inlined tfilter_notify. */
#ifndef XFRM_SNAP_TC_CHANGE_BPF_H
#define XFRM_SNAP_TC_CHANGE_BPF_H

#include "hook.bpf.h"
#include "tc_hooks.bpf.h"
#include "tc_table.bpf.h"

/* A request for a filter begins and ends, and in between a classifier's own function,
 * CHANGE(net, skb, tp, base, handle, tca, arg, ...), leaves the filter where `arg` points. */
enum {
  hook_tc_filter_made = __COUNTER__,
  hook_tc_change = __COUNTER__,
  hook_tc_change_proto = __COUNTER__,
  hook_tc_change_filter = __COUNTER__
};

SEC("kprobe")
int s_tc_change(struct pt_regs* ctx) {
  stash(hook_tc_change, PT_REGS_PARM2(ctx));
  stash(hook_tc_change_proto, PT_REGS_PARM3(ctx));
  stash(hook_tc_change_filter, late_argument(ctx, 7));
  return 0;
}

SEC("kretprobe")
int k_tc_change(struct pt_regs* ctx) {
  __u64 skb = unstash(hook_tc_change), at = unstash(hook_tc_change_filter), filter;
  struct tcf_proto* tp = (struct tcf_proto*)unstash(hook_tc_change_proto);
  struct tcf_block* block = BPF_CORE_READ(tp, chain, block);
  struct Qdisc* q = BPF_CORE_READ(block, q);
  struct net* net = BPF_CORE_READ(block, net);
  struct tcmsg t = {};
  if (!skb || (int)PT_REGS_RC(ctx)) return 0;
  unstash(hook_tc_filter_made);
  filter = read_u64(at);
  if (!filter) filter = unnamed_filter(tp);
  if (!filter) return 0;
  request_of(skb, &t);
  enter_filter(net, tp, q, q ? asked_parent(net, &t) : BPF_CORE_READ(block, index), filter, t.tcm_handle, HOW_NETLINK);
  return 0;
}

SEC("kprobe")
int s_tc_filter_made(struct pt_regs* ctx) {
  stash(hook_tc_filter_made, PT_REGS_PARM1(ctx));
  return 0;
}

/* One that no other hook saw. */
SEC("kretprobe")
int k_tc_filter_made(struct pt_regs* ctx) {
  if (unstash(hook_tc_filter_made) && !(int)PT_REGS_RC(ctx)) count_lost(LOST_MIRROR);
  return 0;
}

#endif
