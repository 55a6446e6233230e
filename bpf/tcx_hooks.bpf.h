/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hooks the functions that attach programs to tcx and netkit, and detach them. */
#ifndef XFRM_SNAP_TCX_HOOKS_BPF_H
#define XFRM_SNAP_TCX_HOOKS_BPF_H

#include "hook.bpf.h"
#include "tc_mprog.bpf.h"

/* The device that a request names: the kernel looks it up in the netns of the process. */
static __always_inline struct net_device* asked_device(__u32 ifindex) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  return device_at(BPF_CORE_READ(task, nsproxy, net_ns), ifindex);
}

/* A request names the primary device of a netkit pair, also for programs of its peer. */
static __always_inline struct net_device* asked_netkit(__u32 ifindex, __u32 attach_type) {
  struct net_device* dev = asked_device(ifindex);
  __u64 nk;
  if (!dev || attach_type != BPF_NETKIT_PEER || !bpf_core_type_exists(struct netkit)) return dev;
  nk = private_of(dev);
  barrier_var(nk);
  return BPF_CORE_READ((struct netkit*)nk, peer);
}

static __always_inline bool is_netkit(struct net_device* dev) {
  char kind[8] = {};
  __u64 name = (__u64)(dev ? BPF_CORE_READ(dev, rtnl_link_ops, kind) : 0);
  if (!name) return false;
  bpf_probe_read_kernel_str(kind, sizeof(kind), (const void*)name);
  return *(__u64*)kind == WORD8('n', 'e', 't', 'k', 'i', 't', 0, 0);
}

static __always_inline void target_netkit(__u32 ifindex, __u32 attach_type, __u8 how) {
  struct net_device* dev = asked_netkit(ifindex, attach_type);
  if (is_netkit(dev)) set_target(dev, TC_NETKIT, TC_EGRESS, how);
}

static __always_inline void target_tcx_attr(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  set_target(asked_device(BPF_CORE_READ(attr, target_ifindex)), TC_TCX, side_of(BPF_CORE_READ(attr, attach_type)),
             HOW_NETLINK);
}

static __always_inline void target_tcx_create(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  __u32 ifindex = BPF_CORE_READ(attr, link_create.target_ifindex);
  set_target(asked_device(ifindex), TC_TCX, side_of(BPF_CORE_READ(attr, link_create.attach_type)), HOW_NETLINK);
}

static __always_inline void target_tcx_query(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  __u32 ifindex = BPF_CORE_READ(attr, query.target_ifindex);
  set_target(asked_device(ifindex), TC_TCX, side_of(BPF_CORE_READ(attr, query.attach_type)), HOW_DUMPED);
}

static __always_inline void target_tcx_link(__u64 link) {
  struct tcx_link* tcx = (struct tcx_link*)link;
  struct bpf_link___since_6_17* own = (void*)link;
  __u32 type = bpf_core_field_exists(tcx->location) ? BPF_CORE_READ(tcx, location) : BPF_CORE_READ(own, attach_type);
  set_target(BPF_CORE_READ(tcx, dev), TC_TCX, side_of(type), HOW_NETLINK);
}

static __always_inline void target_netkit_attr(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  target_netkit(BPF_CORE_READ(attr, target_ifindex), BPF_CORE_READ(attr, attach_type), HOW_NETLINK);
}

static __always_inline void target_netkit_create(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  target_netkit(BPF_CORE_READ(attr, link_create.target_ifindex), BPF_CORE_READ(attr, link_create.attach_type),
                HOW_NETLINK);
}

static __always_inline void target_netkit_query(__u64 address) {
  union bpf_attr* attr = (union bpf_attr*)address;
  target_netkit(BPF_CORE_READ(attr, query.target_ifindex), BPF_CORE_READ(attr, query.attach_type), HOW_DUMPED);
}

/* The device of the link is the one that runs the programs. */
static __always_inline void target_netkit_link(__u64 link) {
  set_target(BPF_CORE_READ((struct netkit_link*)link, dev), TC_NETKIT, TC_EGRESS, HOW_NETLINK);
}

/* Finds the target at the entry of a function, and scans it at the return. */
#define TARGET_HOOK(name, find)                                                                                        \
  SEC("kprobe") int k_##name##_begins(struct pt_regs* ctx) {                                                           \
    find(PT_REGS_PARM1(ctx));                                                                                          \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name(struct pt_regs* ctx) {                                                                 \
    bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);                                                                        \
    return 0;                                                                                                          \
  }

TARGET_HOOK(tcx_attach, target_tcx_attr)
TARGET_HOOK(tcx_detach, target_tcx_attr)
TARGET_HOOK(tcx_link, target_tcx_create)
TARGET_HOOK(tcx_update, target_tcx_link)
TARGET_HOOK(tcx_release, target_tcx_link)
TARGET_HOOK(tcx_query, target_tcx_query)
TARGET_HOOK(netkit_attach, target_netkit_attr)
TARGET_HOOK(netkit_detach, target_netkit_attr)
TARGET_HOOK(netkit_link, target_netkit_create)
TARGET_HOOK(netkit_update, target_netkit_link)
TARGET_HOOK(netkit_release, target_netkit_link)
TARGET_HOOK(netkit_query, target_netkit_query)

#define HOOK_TC_MOVE 1000 /* in map `stashed`: above the numbers of hooks */

static __always_inline __u8 device_goes(__u64 dev) {
  return netns_dying(BPF_CORE_READ((struct net_device*)dev, nd_net.net), false) ? HOW_NETNS_EXIT : HOW_DEVICE;
}

static __always_inline void target_gone(__u64 dev, __u32 what, __u32 parent, __u8 how, bool both) {
  __u64 context = context_id();
  struct tc_scan w = {.dev = dev, .what = what, .parent = parent, .how = how, .gone = 1, .both = both};
  bpf_map_update_elem(&tc_scans, &context, &w, BPF_ANY);
}

SEC("kprobe") /* tcx_uninstall(dev, ingress) */
int k_tcx_uninstall(struct pt_regs* ctx) {
  __u64 dev = PT_REGS_PARM1(ctx);
  target_gone(dev, TC_TCX, (__u8)PT_REGS_PARM2(ctx) ? TC_INGRESS : TC_EGRESS, device_goes(dev), false);
  bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);
  return 0;
}

SEC("kprobe") /* netkit_uninit(dev) */
int k_netkit_gone(struct pt_regs* ctx) {
  __u64 dev = PT_REGS_PARM1(ctx);
  target_gone(dev, TC_NETKIT, TC_EGRESS, device_goes(dev), false);
  bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);
  return 0;
}

SEC("kprobe") /* __dev_change_net_namespace(dev, ...): the device takes its tcx programs along */
int k_tc_move_begins(struct pt_regs* ctx) {
  __u64 dev = PT_REGS_PARM1(ctx);
  stash(HOOK_TC_MOVE, dev);
  target_gone(dev, TC_TCX, TC_INGRESS, HOW_DEVICE, true);
  bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);
  return 0;
}

SEC("kretprobe")
int k_tc_move(struct pt_regs* ctx) {
  __u64 dev = unstash(HOOK_TC_MOVE), context = context_id();
  struct tc_scan w = {.dev = dev, .what = TC_TCX, .parent = TC_INGRESS, .how = HOW_DEVICE, .both = 1};
  if (!dev) return 0;
  bpf_map_update_elem(&tc_scans, &context, &w, BPF_ANY);
  bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);
  return 0;
}

SEC("raw_tp") /* run by user space, args: addresses of a device and a qdisc, 0 for none */
int read_tc(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  struct tc_reading* r = bpf_map_lookup_elem(&tc_read, &zero);
  struct net_device* dev = (struct net_device*)ctx->args[0];
  struct Qdisc* q = (struct Qdisc*)ctx->args[1];
  if (!r) return -1;
  __builtin_memset(r, 0, sizeof(*r));
  if (dev) BPF_CORE_READ_STR_INTO(&r->ifname, dev, name);
  if (!q) return 0;
  r->qdisc_flags = BPF_CORE_READ(q, flags);
  r->qdisc_refs = BPF_CORE_READ(q, refcnt.refs.counter);
  r->qdisc_parent = BPF_CORE_READ(q, parent);
  r->qdisc_handle = BPF_CORE_READ(q, handle);
  return 0;
}

#endif
