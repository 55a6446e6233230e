/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps in `tc` the programs of tcx (since 6.6) and netkit (since 6.7). After each change of such a hook two programs
 * scan it, which tail-call themselves once per position: k_tc_scan enters the programs that are attached, in their
 * order, and k_tc_reap removes those that the scan before met and this one has not. */
#ifndef XFRM_SNAP_TC_MPROG_BPF_H
#define XFRM_SNAP_TC_MPROG_BPF_H

#include "tc_table.bpf.h"

const struct tc_mprog empty_mprog = {};

/* Since 6.17 the attach type of a link is in struct bpf_link. */
struct bpf_link___since_6_17 {
  enum bpf_attach_type attach_type;
} __attribute__((preserve_access_index));

static __always_inline __u32 side_of(__u32 attach_type) {
  return attach_type == BPF_TCX_INGRESS ? TC_INGRESS : TC_EGRESS;
}

static __always_inline struct bpf_mprog_entry* tcx_entry_of(struct net_device* dev, __u32 parent) {
  return parent == TC_INGRESS ? BPF_CORE_READ(dev, tcx_ingress) : BPF_CORE_READ(dev, tcx_egress);
}

/* The barrier keeps the compiler from reading a type before the check that this kernel has it. */
static __always_inline struct bpf_mprog_entry* netkit_entry_of(struct net_device* dev) {
  __u64 nk = private_of(dev);
  if (!bpf_core_type_exists(struct netkit)) return 0;
  barrier_var(nk);
  return BPF_CORE_READ((struct netkit*)nk, active);
}

static __always_inline bool is_peer(struct net_device* dev) {
  __u64 nk = private_of(dev);
  if (!bpf_core_type_exists(struct netkit)) return false;
  barrier_var(nk);
  return !BPF_CORE_READ((struct netkit*)nk, primary);
}

static __always_inline struct bpf_mprog_entry* mprog_entry_of(struct net_device* dev, __u32 what, __u32 parent) {
  if (what == TC_NETKIT) return netkit_entry_of(dev);
  if (!bpf_core_field_exists(dev->tcx_ingress)) return 0;
  barrier_var(dev);
  return tcx_entry_of(dev, parent);
}

/* The program at a position; false behind the last one. */
static __always_inline bool read_position(struct tc_program* p, struct bpf_mprog_entry* entry, __u32 i) {
  struct bpf_mprog_bundle* bundle = BPF_CORE_READ(entry, parent);
  __u64 items = (__u64)__builtin_preserve_access_index(&entry->fp_items[0]);
  __u64 links = (__u64)__builtin_preserve_access_index(&bundle->cp_items[0]);
  struct bpf_prog* prog = (struct bpf_prog*)read_u64(items + 8 * i);
  struct bpf_link* link = (struct bpf_link*)read_u64(links + 8 * i);
  if (!prog) return false;
  p->object = link ? (__u64)link : (__u64)prog;
  p->position = i;
  p->flags = link ? TC_HAS_LINK : 0;
  p->link_id = link ? BPF_CORE_READ(link, id) : 0;
  read_prog(p, prog);
  return true;
}

static __always_inline void name_hook(struct tc_program* p, struct net_device* dev) {
  if (p->what == TC_NETKIT) {
    __builtin_memcpy(p->kind, "netkit", sizeof("netkit"));
    if (is_peer(dev)) p->flags |= TC_PEER;
  } else {
    __builtin_memcpy(p->kind, "tcx", sizeof("tcx"));
  }
}

/* Enters a program that the scan met. Only another program is a change: positions move as others come and go. */
static __always_inline void enter_program(const struct tc_program* p, struct net_device* dev, struct net* net,
                                          __u32 scan, __u8 how) {
  struct tc_key key = tc_key_of(p, BPF_CORE_READ(net, ns.inum), BPF_CORE_READ(dev, ifindex));
  struct tc_row* row = bpf_map_lookup_elem(&tc, &key);
  bool fresh = !row, same;
  row = open_tc_row(row, &key);
  if (!row) return;
  same = !fresh && row->program.prog_id == p->prog_id;
  if (fresh) write_device(row, dev, net);
  bpf_probe_read_kernel(&row->program, sizeof(row->program), p);
  row->scan = scan;
  if (!same) record_entry_actor(row, how, fresh);
  end_write(row);
  if (!same)
    notify_entry(&key, how, fresh);
  else
    move_entry(&key);
}

static __always_inline struct tc_mprog* mprog_of(const struct tc_mprog_key* key) {
  struct tc_mprog* there = bpf_map_lookup_elem(&tc_mprogs, key);
  if (there) return there;
  bpf_map_update_elem(&tc_mprogs, key, &empty_mprog, BPF_NOEXIST);
  there = bpf_map_lookup_elem(&tc_mprogs, key);
  if (!there) count_lost(LOST_TC_FULL);
  return there;
}

#define TC_REAP_STEPS 4 /* positions per tail call, of which there can be 33 */

static __always_inline struct bpf_mprog_entry* scanned_entry(const struct tc_scan* s) {
  return s->gone ? 0 : mprog_entry_of((struct net_device*)s->dev, s->what, s->parent);
}

static __always_inline struct tc_mprog_key key_of_scan(const struct tc_scan* s) {
  return (struct tc_mprog_key){.dev = s->dev, .parent = s->parent, .what = s->what};
}

/* Enters the program at the next position; behind the last one, reaping is next. */
static __always_inline void scan_position(struct tc_scan* s, struct bpf_mprog_entry* entry, __u32 scan) {
  struct net_device* dev = (struct net_device*)s->dev;
  struct tc_program p = {.what = s->what, .parent = s->parent};
  if (s->at >= TC_MPROG_MAX || !read_position(&p, entry, s->at)) {
    s->reaping = 1;
    s->at = 0;
    return;
  }
  name_hook(&p, dev);
  enter_program(&p, dev, BPF_CORE_READ(dev, nd_net.net), scan, s->how);
  s->at++;
}

/* Removes what the scan before met and this one has not. True at the end. */
static __always_inline bool reap(struct tc_scan* s, struct tc_mprog* before) {
  struct tc_key key = {.netns = before->netns, .ifindex = before->ifindex, .parent = s->parent, .what = s->what};
#pragma clang loop unroll(disable)
  for (__u32 i = 0; i < TC_REAP_STEPS; i++) {
    __u32 at = s->at;
    struct tc_row* row;
    if (at >= before->count || at >= TC_MPROG_MAX) return true;
    key.object = before->object[at];
    row = bpf_map_lookup_elem(&tc, &key);
    if (row && row->scan != before->scan) remove_tc(TC_OF_KPROBE, &key, s->how == HOW_DUMPED ? HOW_UNKNOWN : s->how);
    s->at++;
  }
  return false;
}

static __always_inline void remember_scan(struct bpf_mprog_entry* entry, const struct tc_scan* s,
                                          struct tc_mprog* now) {
  struct net_device* dev = (struct net_device*)s->dev;
  struct bpf_mprog_bundle* bundle = BPF_CORE_READ(entry, parent);
  __u64 items = (__u64)__builtin_preserve_access_index(&entry->fp_items[0]);
  __u64 links = (__u64)__builtin_preserve_access_index(&bundle->cp_items[0]);
  __u32 count = 0;
  now->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
  now->ifindex = BPF_CORE_READ(dev, ifindex);
#pragma clang loop unroll(disable)
  for (__u32 i = 0; i < TC_MPROG_MAX; i++) {
    __u64 prog = read_u64(items + 8 * i), link = read_u64(links + 8 * i);
    if (!prog) break;
    now->object[i] = link ? link : prog;
    count++;
  }
  now->count = count;
}

static __always_inline void finish_scan(struct tc_scan* s, const struct tc_mprog_key* key, struct tc_mprog* known,
                                        struct bpf_mprog_entry* entry) {
  if (entry)
    remember_scan(entry, s, known);
  else
    bpf_map_delete_elem(&tc_mprogs, key);
}

/* One direction is done. True if the other one follows. */
static __always_inline bool next_direction(struct tc_scan* s) {
  if (!s->both) return false;
  s->parent = TC_EGRESS;
  s->both = 0;
  s->reaping = 0;
  s->at = 0;
  return true;
}

static __always_inline struct tc_scan* current_scan(void) {
  __u64 context = context_id();
  return bpf_map_lookup_elem(&tc_scans, &context);
}

static __always_inline void end_scan(void) {
  __u64 context = context_id();
  bpf_map_delete_elem(&tc_scans, &context);
}

SEC("kprobe") /* the scan of this context: removes what is no longer attached */
int k_tc_reap(struct pt_regs* ctx) {
  struct tc_scan* s = current_scan();
  struct tc_mprog_key key;
  struct tc_mprog* known;
  if (!s) return 0;
  key = key_of_scan(s);
  known = bpf_map_lookup_elem(&tc_mprogs, &key);
  if (known && !reap(s, known)) {
    bpf_tail_call(ctx, &next_tc, NEXT_TC_REAP);
    count_lost(LOST_MIRROR);
  }
  if (known) finish_scan(s, &key, known, scanned_entry(s));
  if (next_direction(s)) bpf_tail_call(ctx, &next_tc, NEXT_TC_SCAN);
  end_scan();
  return 0;
}

SEC("kprobe") /* the scan of this context: enters what is attached */
int k_tc_scan(struct pt_regs* ctx) {
  struct tc_scan* s = current_scan();
  struct bpf_mprog_entry* entry = s ? scanned_entry(s) : 0;
  struct tc_mprog_key key;
  struct tc_mprog* known;
  if (!s) return 0;
  key = key_of_scan(s);
  known = entry ? mprog_of(&key) : bpf_map_lookup_elem(&tc_mprogs, &key);
  if (known && !s->at) known->scan++;
  if (known && entry) scan_position(s, entry, known->scan);
  bpf_tail_call(ctx, &next_tc, known && entry && !s->reaping ? NEXT_TC_SCAN : NEXT_TC_REAP);
  count_lost(LOST_MIRROR);
  end_scan();
  return 0;
}

/* Keeps what a function is about to change until it returns. */
static __always_inline void set_target(struct net_device* dev, __u32 what, __u32 parent, __u8 how) {
  __u64 context = context_id();
  struct tc_scan s = {.dev = (__u64)dev, .what = what, .parent = parent, .how = how};
  if (dev) bpf_map_update_elem(&tc_scans, &context, &s, BPF_ANY);
}

#endif
