/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps in `tc` what is attached to tcx (from 6.6) and netkit (from 6.7): after each change of such a hook its programs
 * are read anew, so that their order is known, too. */
#ifndef XFRM_SNAP_TC_MPROG_BPF_H
#define XFRM_SNAP_TC_MPROG_BPF_H

const struct tc_mprog empty_mprog = {};

/* From 6.17 on what a link is attached to is said by the link itself. */
struct bpf_link___since_6_17 {
  enum bpf_attach_type attach_type;
} __attribute__((preserve_access_index));

static __always_inline __u32 side_of(__u32 attach_type) {
  return attach_type == BPF_TCX_INGRESS ? TC_INGRESS : TC_EGRESS;
}

static __always_inline struct bpf_mprog_entry* tcx_entry_of(struct net_device* dev, __u32 parent) {
  return parent == TC_INGRESS ? BPF_CORE_READ(dev, tcx_ingress) : BPF_CORE_READ(dev, tcx_egress);
}

/* What a kernel lacks must not be computed before it was asked for: the compiler would do so. */
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

/* One program that the walk met. Only another program is a change: positions move as others come and go. */
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
    tell_entry(&key, how, fresh);
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

/* Positions that a program looks at before it goes on with itself, which it can do 33 times: enough for 26. */
#define TC_WALK_STEPS 1
#define TC_SWEEP_STEPS 4

static __always_inline struct bpf_mprog_entry* walked_entry(const struct tc_walk* w) {
  return w->gone ? 0 : mprog_entry_of((struct net_device*)w->dev, w->what, w->parent);
}

static __always_inline struct tc_mprog_key key_of_walk(const struct tc_walk* w) {
  return (struct tc_mprog_key){.dev = w->dev, .parent = w->parent, .what = w->what};
}

/* Enters what is there. */
static __always_inline void walk_programs(struct tc_walk* w, struct bpf_mprog_entry* entry, __u32 scan) {
  struct net_device* dev = (struct net_device*)w->dev;
  struct net* net = BPF_CORE_READ(dev, nd_net.net);
#pragma clang loop unroll(disable)
  for (__u32 i = 0; i < TC_WALK_STEPS; i++) {
    struct tc_program p = {.what = w->what, .parent = w->parent};
    if (w->at >= TC_MPROG_MAX || !read_position(&p, entry, w->at)) {
      w->removing = 1;
      w->at = 0;
      return;
    }
    name_hook(&p, dev);
    enter_program(&p, dev, net, scan, w->how);
    w->at++;
  }
}

/* Removes what the walk before met, and this one has not. True at the end. */
static __always_inline bool remove_unmet(struct tc_walk* w, struct tc_mprog* before) {
  struct tc_key key = {.netns = before->netns, .ifindex = before->ifindex, .parent = w->parent, .what = w->what};
#pragma clang loop unroll(disable)
  for (__u32 i = 0; i < TC_SWEEP_STEPS; i++) {
    __u32 at = w->at;
    struct tc_row* row;
    if (at >= before->count || at >= TC_MPROG_MAX) return true;
    key.object = before->object[at];
    row = bpf_map_lookup_elem(&tc, &key);
    if (row && row->scan != before->scan) remove_tc(TC_OF_KPROBE, &key, w->how == HOW_DUMPED ? HOW_UNKNOWN : w->how);
    w->at++;
  }
  return false;
}

static __always_inline void remember_walk(struct bpf_mprog_entry* entry, const struct tc_walk* w,
                                          struct tc_mprog* now) {
  struct net_device* dev = (struct net_device*)w->dev;
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

static __always_inline void finish_walk(struct tc_walk* w, const struct tc_mprog_key* key, struct tc_mprog* known,
                                        struct bpf_mprog_entry* entry) {
  if (entry)
    remember_walk(entry, w, known);
  else
    bpf_map_delete_elem(&tc_mprogs, key);
}

/* The walk of one direction is over. True if the other one follows. */
static __always_inline bool turn(struct tc_walk* w) {
  if (!w->both) return false;
  w->parent = TC_EGRESS;
  w->both = 0;
  w->removing = 0;
  w->at = 0;
  return true;
}

static __always_inline struct tc_walk* current_walk(void) {
  __u64 context = context_id();
  return bpf_map_lookup_elem(&tc_walks, &context);
}

static __always_inline void end_walk(void) {
  __u64 context = context_id();
  bpf_map_delete_elem(&tc_walks, &context);
}

SEC("kprobe") /* goes on with the walk that what runs here has begun: removes what is no more */
int k_tc_sweep(struct pt_regs* ctx) {
  struct tc_walk* w = current_walk();
  struct tc_mprog_key key;
  struct tc_mprog* known;
  if (!w) return 0;
  key = key_of_walk(w);
  known = bpf_map_lookup_elem(&tc_mprogs, &key);
  if (known && !remove_unmet(w, known)) {
    bpf_tail_call(ctx, &next_tc, NEXT_TC_SWEEP);
    count_lost(LOST_MIRROR);
  }
  if (known) finish_walk(w, &key, known, walked_entry(w));
  if (turn(w)) bpf_tail_call(ctx, &next_tc, NEXT_TC_WALK);
  end_walk();
  return 0;
}

SEC("kprobe") /* the same: enters what is there */
int k_tc_walk(struct pt_regs* ctx) {
  struct tc_walk* w = current_walk();
  struct bpf_mprog_entry* entry = w ? walked_entry(w) : 0;
  struct tc_mprog_key key;
  struct tc_mprog* known;
  if (!w) return 0;
  key = key_of_walk(w);
  known = entry ? mprog_of(&key) : bpf_map_lookup_elem(&tc_mprogs, &key);
  if (known && !w->at) known->scan++;
  if (known && entry) walk_programs(w, entry, known->scan);
  bpf_tail_call(ctx, &next_tc, known && entry && !w->removing ? NEXT_TC_WALK : NEXT_TC_SWEEP);
  count_lost(LOST_MIRROR);
  end_walk();
  return 0;
}

/* What a function is about to change is kept until it returns. */
static __always_inline void aim(struct net_device* dev, __u32 what, __u32 parent, __u8 how) {
  __u64 context = context_id();
  struct tc_walk w = {.dev = (__u64)dev, .what = what, .parent = parent, .how = how};
  if (dev) bpf_map_update_elem(&tc_walks, &context, &w, BPF_ANY);
}

#endif
