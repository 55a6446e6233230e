/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps `tc` in step with qdiscs and filters as they are made, change and are removed. */
#ifndef XFRM_SNAP_TC_HOOKS_BPF_H
#define XFRM_SNAP_TC_HOOKS_BPF_H

#include "hook.bpf.h"
#include "tc_table.bpf.h"

#define RTM_NEWTFILTER 44
#define TCA_CHAIN 11
#define HOOK_TC_MODIFY 1001  /* in map `stashed` */
#define TC_DEPTH 2           /* in map `operations` */
#define TC_ATTRIBUTES 16     /* attributes of a request that are searched */
#define TC_FILTERS_AT_ONCE 8 /* removed per program, of one struct tcf_proto: 33 tail calls allow 33 times as many */

static __always_inline __u8 tc_removal(struct net* net, __u8 what) {
  struct operation_key key = {.context = context_id(), .depth = TC_DEPTH};
  __u64* how = bpf_map_lookup_elem(&operations, &key);
  if (net && netns_dying(net, false)) return HOW_NETNS_EXIT;
  if (!how) return HOW_NETLINK;
  if (what == TC_QDISC) return *how == HOW_QDISC ? HOW_NETLINK : *how;
  return *how == HOW_REPLACED ? HOW_QDISC : *how;
}

static __always_inline void enter_qdisc(__u64 address, __u8 how) {
  struct Qdisc* q = (struct Qdisc*)address;
  struct net_device* dev;
  struct tc_program p = {};
  struct tc_key key;
  struct tc_row* row;
  if (!address || address >= (__u64)-4095) return;
  dev = qdisc_device(q);
  read_qdisc(&p, q);
  key = tc_key_of(&p, 0, 0);
  if (!dev || bpf_map_lookup_elem(&tc, &key)) return;
  row = make_tc_row(&key);
  if (!row) return;
  write_device(row, dev, BPF_CORE_READ(dev, nd_net.net));
  bpf_probe_read_kernel(&row->program, sizeof(row->program), &p);
  record_entry_actor(row, how, true);
  end_write(row);
  notify_entry(&key, how, true);
}

/* `q` is NULL for a shared block; `parent` is then the number of the block. */
static __always_inline void enter_filter(struct net* net, struct tcf_proto* tp, struct Qdisc* q, __u32 parent,
                                         __u64 filter, __u32 asked, __u8 how) {
  struct net_device* dev = q ? qdisc_device(q) : 0;
  struct tc_program p = {};
  struct tc_key key;
  struct tc_row* row;
  bool fresh;
  read_filter(&p, tp, filter, asked);
  if (is_table(&p)) return;
  p.parent = q ? plain_parent(parent) : parent;
  key = tc_key_of(&p, BPF_CORE_READ(net, ns.inum), dev ? BPF_CORE_READ(dev, ifindex) : TC_BLOCK_DEVICE);
  row = bpf_map_lookup_elem(&tc, &key);
  fresh = !row;
  if (row && how == HOW_DUMPED) return;
  row = open_tc_row(row, &key);
  if (!row) return;
  write_device(row, dev, net);
  bpf_probe_read_kernel(&row->program, sizeof(row->program), &p);
  read_label(row->label, &p, filter);
  record_entry_actor(row, how, fresh);
  if (fresh) link_row(row, &key, (__u64)tp);
  end_write(row);
  notify_entry(&key, how, fresh);
}

/* matchall has one filter only, and does not pass it to tfilter_notify. */
static __always_inline __u64 unnamed_filter(struct tcf_proto* tp) {
  char kind[16] = {};
  BPF_CORE_READ_STR_INTO(&kind, tp, ops, kind);
  return *(__u64*)kind == KIND_MATCHALL ? (__u64)BPF_CORE_READ(tp, root) : 0;
}

SEC("kprobe") /* tfilter_notify(net, oskb, n, tp, block, q, parent, fh, event, ...): a filter was made, changed, read */
int k_tc_filter(struct pt_regs* ctx) {
  struct nlmsghdr* n = (struct nlmsghdr*)PT_REGS_PARM3(ctx);
  struct tcf_block* block = (struct tcf_block*)PT_REGS_PARM5(ctx);
  struct Qdisc* q = (struct Qdisc*)sixth_argument(ctx);
  __u32 parent = q ? (__u32)late_argument(ctx, 7) : BPF_CORE_READ(block, index);
  struct tcf_proto* tp = (struct tcf_proto*)PT_REGS_PARM4(ctx);
  __u64 filter = late_argument(ctx, 8);
  struct tcmsg t = {};
  if (BPF_CORE_READ(n, nlmsg_type) != RTM_NEWTFILTER) return 0;
  if (!filter) filter = unnamed_filter(tp);
  if (!filter) return 0;
  bpf_probe_read_kernel(&t, sizeof(t), n + 1);
  enter_filter((struct net*)PT_REGS_PARM1(ctx), tp, q, parent, filter, t.tcm_handle, HOW_NETLINK);
  return 0;
}

static __always_inline void on_filter_dumped(__u64 proto, __u64 filter, __u64 walker) {
  struct tcf_dump_args* a = (struct tcf_dump_args*)walker;
  struct tcf_proto* tp = (struct tcf_proto*)proto;
  struct tcf_block* block = BPF_CORE_READ(a, block);
  struct Qdisc* q = BPF_CORE_READ(a, q);
  enter_filter(BPF_CORE_READ(block, net), tp, q, q ? BPF_CORE_READ(a, parent) : BPF_CORE_READ(block, index), filter, 0,
               HOW_DUMPED);
}

/* Visits one attribute of a request. True if it was the chain, or the last one. */
static __always_inline bool visit_attribute(__u64 request, __u64* at, __u32 end, __u32* chain) {
  struct nlattr a = {};
  if (*at + sizeof(a) > end) return true;
  bpf_probe_read_kernel(&a, sizeof(a), (const void*)(request + *at));
  if (a.nla_type == TCA_CHAIN) {
    *chain = read_u32(request + *at + sizeof(a));
    return true;
  }
  *at += (a.nla_len + 3) & ~3u;
  return false;
}

/* The chain that a request names; 0 by default. */
static __always_inline __u32 chain_of(__u64 request) {
  __u64 at = sizeof(struct nlmsghdr) + sizeof(struct tcmsg);
  const __u32 end = read_u32(request);
  __u32 chain = 0;
  REPEAT(TC_ATTRIBUTES, visit_attribute(request, &at, end, &chain));
  return chain;
}

/* The request is the data of the socket buffer. */
static __always_inline __u64 request_of(__u64 skb, struct tcmsg* t) {
  __u64 request = (__u64)BPF_CORE_READ((struct sk_buff*)skb, data);
  bpf_probe_read_kernel(t, sizeof(*t), (const void*)(request + sizeof(struct nlmsghdr)));
  return request;
}

static __always_inline void on_filter_delete_begins(__u64 skb) {
  struct tcmsg t = {};
  request_of(skb, &t);
  begin_operation(t.tcm_info >> 16 ? HOW_NETLINK : HOW_FLUSH, TC_DEPTH);
}

/* The parent that a request names; 0 means the root qdisc. */
static __always_inline __u32 asked_parent(struct net* net, const struct tcmsg* t) {
  struct net_device* dev;
  if ((__u32)t->tcm_ifindex == TC_BLOCK_DEVICE) return t->tcm_parent;
  if (t->tcm_parent) return plain_parent(t->tcm_parent);
  dev = device_at(net, t->tcm_ifindex);
  return dev ? BPF_CORE_READ(dev, qdisc, handle) : 0;
}

/* One filter was deleted. Filters deleted with their priority or chain go through `k_tc_filters_gone`. */
static __always_inline void on_filter_deleted(__u64 skb, int error) {
  struct net* net = BPF_CORE_READ((struct sk_buff*)skb, sk, __sk_common.skc_net.net);
  struct tcmsg t = {};
  struct tc_key key = {.what = TC_FILTER};
  __u64 request = request_of(skb, &t);
  if (error || !t.tcm_handle || !(t.tcm_info >> 16)) return;
  key.netns = BPF_CORE_READ(net, ns.inum);
  key.ifindex = t.tcm_ifindex;
  key.parent = asked_parent(net, &t);
  key.chain = chain_of(request);
  key.prio = t.tcm_info >> 16;
  key.handle = t.tcm_handle;
  remove_tc(TC_OF_KPROBE, &key, HOW_NETLINK);
}

/* False: there was none. */
static __always_inline bool remove_first_of(__u64 tp, __u8 how) {
  struct tc_key *first = bpf_map_lookup_elem(&tc_owners, &tp), key;
  if (!first) return false;
  key = *first;
  remove_tc(TC_OF_KPROBE, &key, how);
  return true;
}

SEC("kprobe") /* tcf_proto_destroy: removes all its filters, a few per tail call to stay within the verifier's limits */
int k_tc_filters_gone(struct pt_regs* ctx) {
  __u64 tp = PT_REGS_PARM1(ctx);
  struct net* net;
  bool none = false;
  __u8 how;
  if (!bpf_map_lookup_elem(&tc_owners, &tp)) return 0;
  net = BPF_CORE_READ((struct tcf_proto*)tp, chain, block, net);
  how = any_of(tc_removal(net, TC_FILTER));
  REPEAT(TC_FILTERS_AT_ONCE, (none = !remove_first_of(tp, how)));
  if (none) return 0;
  bpf_tail_call(ctx, &next_tc, NEXT_TC_GONE);
  count_lost(LOST_MIRROR);
  return 0;
}

SEC("kprobe") /* tc_fill_qdisc(skb, q, ...) */
int k_tc_dump_qdisc(struct pt_regs* ctx) {
  enter_qdisc(PT_REGS_PARM2(ctx), HOW_DUMPED);
  return 0;
}

SEC("kretprobe")
int k_tc_qdisc_made(struct pt_regs* ctx) {
  enter_qdisc(PT_REGS_RC(ctx), HOW_NETLINK);
  return 0;
}

SEC("kretprobe")
int k_tc_default_made(struct pt_regs* ctx) {
  enter_qdisc(PT_REGS_RC(ctx), HOW_NETLINK);
  return 0;
}

SEC("raw_tp/qdisc_destroy")
int on_qdisc_destroyed(struct bpf_raw_tracepoint_args* ctx) {
  struct tc_key key = {.object = ctx->args[0], .what = TC_QDISC};
  struct tc_row* row = bpf_map_lookup_elem(&tc, &key);
  struct net_device* dev = row ? (struct net_device*)row->dev : 0;
  if (row) remove_tc(TC_OF_TRACEPOINT, &key, tc_removal(dev ? BPF_CORE_READ(dev, nd_net.net) : 0, TC_QDISC));
  return 0;
}

static __always_inline void on_qdisc_modify_begins(__u64 skb) {
  stash(HOOK_TC_MODIFY, bpf_ktime_get_ns());
  begin_operation(HOW_REPLACED, TC_DEPTH);
}

/* A qdisc made by this request has been entered already; an older one was changed. */
static __always_inline void on_qdisc_modified(__u64 skb, int error) {
  struct net* net = BPF_CORE_READ((struct sk_buff*)skb, sk, __sk_common.skc_net.net);
  struct tc_key key = {.what = TC_QDISC};
  __u64 began = unstash(HOOK_TC_MODIFY);
  struct net_device* dev;
  struct tcmsg t = {};
  struct tc_row* row;
  if (error) return;
  request_of(skb, &t);
  dev = device_at(net, t.tcm_ifindex);
  if (!dev) return;
  key.object = asked_qdisc(dev, &t);
  row = bpf_map_lookup_elem(&tc, &key);
  if (!row || row->added.ns >= began) return;
  begin_write(row);
  record_actor(&row->changed, HOW_NETLINK);
  end_write(row);
  notify_entry(&key, HOW_NETLINK, false);
}

/* All qdiscs of the device are gone, and no event can name it any more. */
static __always_inline void on_device_shut(__u64 dev, int nothing) {
  forget_points((struct net_device*)dev);
}

static __always_inline void on_device_shuts(__u64 dev) {
  begin_operation(HOW_DEVICE, TC_DEPTH);
}

PROBE_HOOK3(tc_dump_filter, on_filter_dumped) /* tcf_node_dump */
PROBE_RESULT_AROUND_HOOK(tc_delete, PT_REGS_PARM1, on_filter_delete_begins, TC_DEPTH,
                         on_filter_deleted)                                                 /* tc_del_tfilter */
PROBE_RESULT_AROUND_HOOK(tc_shut, PT_REGS_PARM1, on_device_shuts, TC_DEPTH, on_device_shut) /* dev_shutdown */
PROBE_AROUND_HOOK(tc_get_qdisc, HOW_QDISC, TC_DEPTH)
PROBE_RESULT_AROUND_HOOK(tc_modify_qdisc, PT_REGS_PARM1, on_qdisc_modify_begins, TC_DEPTH, on_qdisc_modified)

#endif
