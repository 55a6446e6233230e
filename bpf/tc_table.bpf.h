/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Adds rows to map `tc`, and removes them. */
#ifndef XFRM_SNAP_TC_TABLE_BPF_H
#define XFRM_SNAP_TC_TABLE_BPF_H

#include "actor.bpf.h"
#include "changes.bpf.h"
#include "state_row.bpf.h"
#include "tc_point.bpf.h"

const struct tc_row unsettled_tc = {.version = 1}; /* see `unsettled_state` */
/* Rows of `tc`. */
__u64 tc_held;

static __always_inline void emit_tc_change(const struct tc_row* row, __u32 op, const struct actor* by) {
  struct tc_change_record* r;
  if (!want_changes) return;
  r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_CHANGES);
  start_change(&r->header, &r->change, RECORD_TC_CHANGE, op);
  r->change.by = *by;
  bpf_probe_read_kernel(&r->tc, sizeof(r->tc), row);
  bpf_ringbuf_submit(r, 0);
}

/* A new row, open for writing. */
static __always_inline struct tc_row* make_tc_row(const struct tc_key* key) {
  struct tc_row* row;
  bpf_map_update_elem(&tc, key, &unsettled_tc, BPF_NOEXIST);
  row = bpf_map_lookup_elem(&tc, key);
  if (!row) {
    count_lost(LOST_TC_FULL);
    return 0;
  }
  begin_life(row, bpf_ktime_get_ns());
  __sync_fetch_and_add(&tc_held, 1);
  return row;
}

/* The existing row, or a new one, open for writing; NULL: no room. */
static __always_inline struct tc_row* open_tc_row(struct tc_row* row, const struct tc_key* key) {
  if (!row) return make_tc_row(key);
  begin_write(row);
  return row;
}

static __always_inline void record_entry_actor(struct tc_row* row, __u8 how, bool fresh) {
  if (!fresh)
    record_actor(&row->changed, how);
  else if (how == HOW_DUMPED)
    clear_actor(&row->added, how);
  else
    record_actor(&row->added, how);
}

static __always_inline void write_device(struct tc_row* row, struct net_device* dev, struct net* net) {
  fill_netns(&row->netns, &row->born_ns, net, false);
  row->dev = (__u64)dev;
  row->ifindex = dev ? BPF_CORE_READ(dev, ifindex) : TC_BLOCK_DEVICE;
  if (dev) BPF_CORE_READ_STR_INTO(&row->ifname, dev, name);
}

/* Links a filter into the list of its struct tcf_proto: the list goes with it. */
static __always_inline void link_row(struct tc_row* row, const struct tc_key* key, __u64 owner) {
  struct tc_key* first = bpf_map_lookup_elem(&tc_owners, &owner);
  struct tc_row* second = first ? bpf_map_lookup_elem(&tc, first) : 0;
  row->owner = owner;
  if (second) {
    row->next = *first;
    second->prev = *key;
  }
  if (bpf_map_update_elem(&tc_owners, &owner, key, BPF_ANY)) count_lost(LOST_TC_FULL);
}

static __always_inline void unlink_row(struct tc_row* row) {
  struct tc_row* next = row->next.what ? bpf_map_lookup_elem(&tc, &row->next) : 0;
  struct tc_row* prev = row->prev.what ? bpf_map_lookup_elem(&tc, &row->prev) : 0;
  if (next) bpf_probe_read_kernel(&next->prev, sizeof(next->prev), &row->prev);
  if (prev)
    bpf_probe_read_kernel(&prev->next, sizeof(prev->next), &row->next);
  else if (next)
    bpf_map_update_elem(&tc_owners, &row->owner, &row->next, BPF_ANY);
  else
    bpf_map_delete_elem(&tc_owners, &row->owner);
}

__noinline int notify_tc_argument(__u32 place, __u32 how, __u32 fresh) {
  struct tc_row* row = tc_argument(place);
  const struct actor* by;
  __u32 op = fresh ? CHANGE_ADD : CHANGE_UPDATE;
  if (!row) return 0;
  by = fresh ? &row->added : &row->changed;
  if (row->program.what != TC_QDISC)
    enter_point(row, place, fresh);
  else if (how != HOW_DUMPED)
    note_qdisc(row, op, by);
  if (how != HOW_DUMPED) emit_tc_change(row, op, by);
  return 0;
}

static __always_inline void notify_entry(const struct tc_key* key, __u8 how, bool fresh) {
  set_tc_argument(TC_OF_KPROBE, key);
  notify_tc_argument(TC_OF_KPROBE, how, fresh);
}

__noinline int move_tc_argument(__u32 place) {
  struct tc_row* row = tc_argument(place);
  if (row) move_in_point(row, place);
  return 0;
}

static __always_inline void move_entry(const struct tc_key* key) {
  set_tc_argument(TC_OF_KPROBE, key);
  move_tc_argument(TC_OF_KPROBE);
}

__noinline int remove_tc_argument(__u32 place, __u32 how) {
  struct tc_key* meant = bpf_map_lookup_elem(&tc_arguments, &place);
  struct tc_row* row = tc_argument(place);
  if (!meant || !row) return 0;
  begin_write(row);
  record_actor(&row->removed, how);
  end_write(row);
  if (row->program.what == TC_QDISC)
    note_qdisc(row, CHANGE_DELETE, &row->removed);
  else
    leave_point(row, place);
  if (row->owner) unlink_row(row);
  emit_tc_change(row, CHANGE_DELETE, &row->removed);
  if (bpf_map_delete_elem(&tc, meant))
    count_lost(LOST_MIRROR);
  else
    __sync_fetch_and_add(&tc_held, -1);
  return 0;
}

/* Removes a row and sends its record. */
static __always_inline void remove_tc(__u32 place, const struct tc_key* key, __u8 how) {
  set_tc_argument(place, key);
  remove_tc_argument(place, how);
}

#endif
