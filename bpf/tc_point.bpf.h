/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps for each device and direction what an event says of tc there. */
#ifndef XFRM_SNAP_TC_POINT_BPF_H
#define XFRM_SNAP_TC_POINT_BPF_H

#include "branchless.h"
#include "maps.bpf.h"
#include "row_version.h"
#include "tc_row.bpf.h"

const struct tc_point empty_point = {};

static __always_inline struct tc_point* find_point(__u32 netns, __u32 ifindex, __u32 egress) {
  struct tc_point_key key = {.netns = netns, .ifindex = ifindex, .egress = egress};
  return bpf_map_lookup_elem(&tc_points, &key);
}

static __always_inline struct tc_point* make_point(const struct tc_row* row) {
  struct tc_point_key key = {.netns = row->netns, .ifindex = row->ifindex, .egress = is_egress(&row->program)};
  struct tc_point* point = bpf_map_lookup_elem(&tc_points, &key);
  if (point) return point;
  bpf_map_update_elem(&tc_points, &key, &empty_point, BPF_NOEXIST);
  point = bpf_map_lookup_elem(&tc_points, &key);
  if (!point) count_lost(LOST_TC_FULL);
  return point;
}

/* 0 if they are the same. Without a branch, see `unequal`. */
static __always_inline __u32 programs_differ(const struct tc_program* a, const struct tc_program* b) {
  return is_set((a->object ^ b->object) | (a->what ^ b->what) | (a->parent ^ b->parent) | (a->chain ^ b->chain) |
                (a->prio ^ b->prio) | (a->handle ^ b->handle));
}

static __always_inline __u32 lesser(__u64 a, __u64 b) {
  __u64 less = (a - b) >> 63;
  barrier_var(less);
  return a * less + b * (1 - less);
}

/* The argument of the global functions below and of tc_table.bpf.h, see `current_event`. */
static __always_inline void set_tc_argument(__u32 place, const struct tc_key* key) {
  struct tc_key* meant = bpf_map_lookup_elem(&tc_arguments, &place);
  if (meant) *meant = *key;
}

static __always_inline struct tc_row* tc_argument(__u32 place) {
  struct tc_key* meant = bpf_map_lookup_elem(&tc_arguments, &place);
  return meant ? bpf_map_lookup_elem(&tc, meant) : 0;
}

#define NO_SLOT 99

/* The slot of the argument, or else, if `free` is set, an empty one; NO_SLOT: there is none. */
__noinline __u32 tc_argument_point_slot(__u32 place, __u32 free) {
  struct tc_row* row = tc_argument(place);
  struct tc_point* point = row ? find_point(row->netns, row->ifindex, is_egress(&row->program)) : 0;
  __u32 best = 2 * TC_SLOTS, i;
  if (!point) return NO_SLOT;
#pragma clang loop unroll(disable)
  for (i = 0; i < TC_SLOTS; i++) {
    const struct tc_program* there = &point->slot[i].program;
    best = lesser(best, i + NO_SLOT * programs_differ(there, &row->program));
    best = lesser(best, TC_SLOTS + i + NO_SLOT * (1 - free * (1 - is_set(there->what))));
  }
  return best < 2 * TC_SLOTS ? best % TC_SLOTS : NO_SLOT;
}

static __always_inline struct tc_slot* slot_for(struct tc_point* point, __u32 place, bool free) {
  __u32 at = tc_argument_point_slot(place, free), within = at;
  struct tc_slot* found;
  barrier_var(within); /* keeps the bound below, which the compiler would drop and the verifier needs */
  found = at < TC_SLOTS ? &point->slot[within % TC_SLOTS] : 0;
  barrier_var(found); /* makes the caller test the pointer, not `at` */
  return found;
}

static __always_inline void note_last(struct tc_point* point, const struct tc_program* p, __u32 op,
                                      const struct actor* by) {
  point->last_op = op;
  bpf_probe_read_kernel(&point->last, sizeof(point->last), p);
  bpf_probe_read_kernel(&point->last_by, sizeof(point->last_by), by);
}

static __always_inline __u64 since_of(const struct tc_row* row) {
  return row->changed.ns ? row->changed.ns : row->added.ns;
}

/* Enters a row that is new or has changed. */
static __always_inline void enter_point(const struct tc_row* row, __u32 place, bool fresh) {
  struct tc_point* point = row->dev ? make_point(row) : 0;
  struct tc_slot* slot = point ? slot_for(point, place, true) : 0;
  if (!point) return;
  begin_write(point);
  if (fresh) point->count++;
  if (slot) {
    bpf_probe_read_kernel(&slot->program, sizeof(slot->program), &row->program);
    slot->since_ns = since_of(row);
  }
  if (row->added.how != HOW_DUMPED || row->changed.ns)
    note_last(point, &row->program, fresh ? CHANGE_ADD : CHANGE_UPDATE, fresh ? &row->added : &row->changed);
  end_write(point);
}

/* The position of the program has changed. */
static __always_inline void move_in_point(const struct tc_row* row, __u32 place) {
  struct tc_point* point = find_point(row->netns, row->ifindex, is_egress(&row->program));
  struct tc_slot* slot = point ? slot_for(point, place, false) : 0;
  if (!slot) return;
  begin_write(point);
  slot->program.position = row->program.position;
  end_write(point);
}

static __always_inline void record_tc_tombstone(struct tc_point* point, const struct tc_row* row) {
  struct tc_tombstone* tombstone = &point->tombstone[point->tombstones % TC_TOMBSTONES];
  point->tombstones++;
  bpf_probe_read_kernel(&tombstone->program, sizeof(tombstone->program), &row->program);
  tombstone->since_ns = since_of(row);
  bpf_probe_read_kernel(&tombstone->removed, sizeof(tombstone->removed), &row->removed);
}

/* The row is about to be removed. */
static __always_inline void leave_point(const struct tc_row* row, __u32 place) {
  struct tc_point* point = row->dev ? find_point(row->netns, row->ifindex, is_egress(&row->program)) : 0;
  struct tc_slot* slot = point ? slot_for(point, place, false) : 0;
  if (!point) return;
  begin_write(point);
  if (point->count) point->count--;
  if (slot) slot->program.what = TC_NOTHING;
  record_tc_tombstone(point, row);
  note_last(point, &row->program, CHANGE_DELETE, &row->removed);
  end_write(point);
}

static __always_inline void note_qdisc_at(const struct tc_row* row, __u32 egress, __u32 op, const struct actor* by) {
  struct tc_point* point = find_point(row->netns, row->ifindex, egress);
  if (!point) return;
  begin_write(point);
  note_last(point, &row->program, op, by);
  end_write(point);
}

/* A change of a qdisc is noted where filters or programs are or were: they go with it. */
static __always_inline void note_qdisc(const struct tc_row* row, __u32 op, const struct actor* by) {
  bool clsact = row->program.parent == TC_QDISC_INGRESS;
  if (clsact) note_qdisc_at(row, 0, op, by);
  note_qdisc_at(row, 1, op, by);
}

static __always_inline void forget_points(struct net_device* dev) {
  struct tc_point_key key = {.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum), .ifindex = BPF_CORE_READ(dev, ifindex)};
  bpf_map_delete_elem(&tc_points, &key);
  key.egress = 1;
  bpf_map_delete_elem(&tc_points, &key);
}

#endif
