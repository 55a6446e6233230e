/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps the tombstones of states that were removed: by identity in `deleted`, and the last one of each destination. */
#ifndef XFRM_SNAP_TOMBSTONE_BPF_H
#define XFRM_SNAP_TOMBSTONE_BPF_H

#include "actor.bpf.h"
#include "row_version.h"
#include "state_index.bpf.h"
#include "state_row.bpf.h"

static __always_inline struct tombstone_slots_row* tombstone_slots_of(__u64 number, __u32* first) {
  __u32 at = number >> 3 & (TOMBSTONES / SLOT_TOMBSTONES - 1);
  *first = at * SLOT_TOMBSTONES;
  return bpf_map_lookup_elem(&tombstone_slots, &at);
}

/* The last bits of a time of removal (17 ms) are replaced by a tag: two bytes for the identity and one for the mark, so
 * that states which differ in the mark only do not overwrite each other's tombstones. */
#define TOMBSTONE_TAG 0xffffffull

static __always_inline __u64 tombstone_tag(__u64 number, __u32 mark, __u32 mask) {
  __u32 mixed = (mark * 31 + mask) * 2654435761u;
  return number >> 48 << 8 | mixed >> 24;
}

/* The slot for a tombstone: that of an older one of the same state, or a free one, or that of the oldest. */
static __always_inline __u32 tombstone_slot(const struct tombstone_slots_row* row, __u64 tag) {
  __u64 least = ~0ull;
  __u32 i, best = 0;
#pragma unroll
  for (i = 0; i < SLOT_TOMBSTONES; i++) {
    __u64 at = row->removed[i], rank = at * unequal(at & TOMBSTONE_TAG, tag);
    if (rank >= least) continue;
    least = rank;
    best = i;
  }
  return best & (SLOT_TOMBSTONES - 1);
}

/* Templates ask for a destination and a reqid: the reqid takes the place of the SPI. */
static __always_inline struct state_key last_tombstone_key(const struct state_key* id, __u32 reqid) {
  struct state_key key = *id;
  key.spi = reqid;
  return key;
}

static __always_inline bool same_destination(const struct state_key* a, const struct state_key* b) {
  const __u32 *left = (const __u32*)a->daddr, *right = (const __u32*)b->daddr;
  return a->netns == b->netns && a->spi == b->spi && a->family == b->family && a->proto == b->proto &&
         left[0] == right[0] && left[1] == right[1] && left[2] == right[2] && left[3] == right[3];
}

static __always_inline struct last_tombstone* last_tombstone_at(__u64 number) {
  __u32 at = number & (LAST_TOMBSTONES - 1);
  return bpf_map_lookup_elem(&last_tombstones, &at);
}

/* The row of the destination of `key`, whose index_key is `dst`. If there is none and `make` is set: a row for it, free
 * or with the older tombstone. */
static __always_inline struct last_tombstone* last_tombstone_of(const struct state_key* key, __u64 dst, bool make) {
  struct last_tombstone *one = last_tombstone_at(dst >> 3), *other = last_tombstone_at(dst >> 31);
  if (!one || !other) return 0;
  if (same_destination(&one->key, key)) return one;
  if (same_destination(&other->key, key)) return other;
  if (!make) return 0;
  return one->removed_ns <= other->removed_ns ? one : other;
}

static __always_inline void keep_last_tombstone(const struct state_key* id, __u32 reqid, __u32 slot, __u64 removed_ns) {
  struct state_key key = last_tombstone_key(id, reqid);
  struct last_tombstone* tombstone;
  if (!id->spi) return; /* a larval state explains no error */
  tombstone = last_tombstone_of(&key, index_key(&key), true);
  if (!tombstone) return;
  tombstone->key = key;
  tombstone->slot = slot;
  tombstone->removed_ns = removed_ns;
}

/* The row of map `deleted` of a slot that the caller has taken, open for writing. */
static __always_inline struct state_row* open_tombstone(__u32 slot) {
  struct state_row* row = bpf_map_lookup_elem(&deleted, &slot);
  if (row) {
    begin_write(row);
    return row;
  }
  bpf_map_update_elem(&deleted, &slot, &unsettled_state, BPF_NOEXIST);
  return bpf_map_lookup_elem(&deleted, &slot);
}

/* A tombstone for a state, open for writing: the caller fills it in and calls end_write. */
static __always_inline struct state_row* make_tombstone(const struct state_key* key, const struct state_numbers* of,
                                                        __u32 reqid, __u32 mark, __u32 mask, __u64 removed_ns) {
  const __u64 tag = tombstone_tag(of->id, mark, mask);
  struct tombstone_slots_row* row;
  struct state_row* dead = 0;
  __u64* taken;
  __u32 slot;
  row = tombstone_slots_of(of->id, &slot);
  if (!row) return 0;
  taken = &row->removed[tombstone_slot(row, tag)];
  slot += taken - row->removed;
  if (swap_entry(taken, *taken, (removed_ns & ~TOMBSTONE_TAG) | tag)) dead = open_tombstone(slot);
  if (!dead) count_lost(LOST_MIRROR);
  if (dead) keep_last_tombstone(key, reqid, slot, removed_ns);
  return dead;
}

static __always_inline void record_tombstone(const struct state_kept* row, const struct state_key* key,
                                             const struct state_numbers* of, struct xfrm_state* x,
                                             const struct actor* by, bool typed) {
  struct state_row* dead = make_tombstone(key, of, row->reqid, row->mark, row->mark_mask, by->ns);
  if (!dead) return;
  dead->netns = row->netns; /* copied apart, since the version in front of it stays odd */
  __builtin_memcpy(&dead->born_ns, &row->born_ns, sizeof(*row) - __builtin_offsetof(struct state_kept, born_ns));
  fill_live(&dead->live, x, by->ns, typed);
  dead->removed = *by;
  end_write(dead);
}

#endif
