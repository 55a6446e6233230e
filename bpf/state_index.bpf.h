/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The index of states: which of them a destination, an SPI, or both lead to. */
#ifndef XFRM_SNAP_STATE_INDEX_BPF_H
#define XFRM_SNAP_STATE_INDEX_BPF_H

#include "address.bpf.h"
#include "branchless.h"
#include "maps.bpf.h"

static __always_inline struct state_key spi_key(__u32 netns, __u8 proto, __u32 spi) {
  return (struct state_key){.netns = netns, .spi = spi, .proto = proto};
}

static __always_inline struct state_key dst_key(__u32 netns, __u16 family, __u8 proto, const __u8* daddr) {
  struct state_key key = {.netns = netns, .family = family, .proto = proto};
  copy_address(key.daddr, daddr);
  return key;
}

static __always_inline struct state_key id_key(__u32 netns, __u16 family, __u8 proto, const __u8* daddr, __u32 spi) {
  struct state_key key = dst_key(netns, family, proto, daddr);
  key.spi = spi;
  return key;
}

static __always_inline struct state_key key_of(struct xfrm_state* x) {
  struct state_key key = {.netns = BPF_CORE_READ(x, xs_net.net, ns.inum), .spi = BPF_CORE_READ(x, id.spi)};
  key.family = BPF_CORE_READ(x, props.family);
  key.proto = BPF_CORE_READ(x, id.proto);
  fill_address(key.daddr, __builtin_preserve_access_index(&x->id.daddr), key.family);
  return key;
}

static __always_inline __u64 mix(__u64 sum, __u64 word) {
  sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
  return sum ^ sum >> 32;
}

/* Hash of a key. Two keys with one hash (some 1 in 2^60) would make each other's states candidates. */
static __always_inline __u64 index_key(const struct state_key* key) {
  const __u32* daddr = (const __u32*)key->daddr;
  __u64 sum = mix((__u64)key->netns << 32 | key->spi, (__u64)key->family << 8 | key->proto);
  sum = mix(sum, (__u64)daddr[0] << 32 | daddr[1]);
  return mix(sum, (__u64)daddr[2] << 32 | daddr[3]);
}

/* There was no room for a state: one that is not found may still exist. */
bool mirror_incomplete;
/* Number of rows of map `state_index`, a power of two, less one. */
const volatile __u32 index_mask;

/* These bits are the same in all addresses of states, so that the index can keep a tag of the key there. */
#define INDEX_TAG (KERNEL_HALF | 7)
#define KERNEL_HALF 0xfe00000000000000ull

/* The two rows that hold the states of a key, and the tag of their entries, which is never 0. */
struct index_bucket {
  struct index_row* row[2];
  __u64 tag;
};

static __always_inline __u64 index_tag(__u64 number) {
  return (number & INDEX_TAG) | 1;
}

/* `second`: 0 or 1. Without a branch, see `unequal`. */
static __always_inline struct index_row* index_row_of(__u64 number, __u32 second) {
  __u32 at = number >> (3 + 27 * second) & index_mask;
  return bpf_map_lookup_elem(&state_index, &at);
}

static __always_inline bool find_bucket(struct index_bucket* bucket, __u64 number) {
  bucket->row[0] = index_row_of(number, 0);
  bucket->row[1] = index_row_of(number, 1);
  bucket->tag = index_tag(number);
  return bucket->row[0] && bucket->row[1];
}

/* The state of an entry; 0: the entry is free, or of another key. */
static __always_inline __u64 state_of_entry(__u64 entry, __u64 tag) {
  __u64 other = unequal(entry & INDEX_TAG, tag);
  return ((entry & ~INDEX_TAG) | KERNEL_HALF) & (other - 1);
}

/* State i of a key, below 2 * INDEX_SLOTS; 0: none. */
static __always_inline __u64 indexed_state(__u64 number, __u32 i) {
  struct index_row* row = index_row_of(number, i / INDEX_SLOTS & 1);
  return row ? state_of_entry(row->state[i & (INDEX_SLOTS - 1)], index_tag(number)) : 0;
}

static __always_inline __u64* index_slot(struct index_row* first, struct index_row* second, __u32 i) {
  struct index_row* row = i & INDEX_SLOTS ? second : first;
  return &row->state[i & (INDEX_SLOTS - 1)];
}

static __always_inline __u64 index_entry(const struct index_bucket* bucket, __u64 x) {
  return (x & ~INDEX_TAG) | bucket->tag;
}

/* Replaces `from` by `to`; false, without a change, if another CPU changed the slot at the same moment. Before
 * Linux 5.12 addition is the only atomic operation of BPF: a CPU that finds another sum than its own takes its addition
 * back. */
static __always_inline bool swap_entry(__u64* slot, __u64 from, __u64 to) {
  volatile __u64* now = slot;
  if (*now != from) return false;
  __sync_fetch_and_add(slot, to - from);
  if (*now == to) return true;
  __sync_fetch_and_add(slot, from - to);
  return false;
}

struct index_count {
  __u32 used[2]; /* slots of either row */
  __u32 own;     /* slots of this key */
  __u32 known;   /* slots that hold this state already */
};

static __always_inline struct index_count count_slots(const struct index_bucket* bucket, __u64 entry) {
  struct index_count c = {};
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < INDEX_SLOTS; i++) {
    __u64 one = bucket->row[0]->state[i], two = bucket->row[1]->state[i];
    c.used[0] += is_set(one);
    c.used[1] += is_set(two);
    c.own += 2 - unequal(one & INDEX_TAG, bucket->tag) - unequal(two & INDEX_TAG, bucket->tag);
    c.known += 2 - unequal(one, entry) - unequal(two, entry);
  }
  return c;
}

/* 1 if the state does not have this key: states of other keys may have the same tag. Without a branch. */
static __always_inline __u32 is_foreign(const struct state_kept* row, const struct state_key* key) {
  return unequal(key->netns, row->netns) | unequal(key->proto, row->proto) |
         (is_set(key->spi) & unequal(key->spi, row->spi)) |
         (is_set(key->family) & (unequal(key->family, row->family) | addresses_differ(key->daddr, row->daddr)));
}

enum indexed { INDEX_DONE, INDEX_CROWDED, INDEX_FULL };

/* Adds a state to a key, which leads to at most INDEX_SLOTS states, or INDEX_FEW if its rows are half full, so that
 * every key finds room. Beyond that a new state replaces any other one if `replace` is set. `number`: index_key of the
 * key. */
__noinline int index_add(__u64 number, __u64 x, __u32 replace) {
  struct index_bucket bucket;
  struct index_count c;
  struct index_row *first, *second;
  __u64 entry, old;
  __u32 i, used, start = 0;
  bool crowded;
  if (!find_bucket(&bucket, number)) return INDEX_FULL;
  entry = index_entry(&bucket, x);
  c = count_slots(&bucket, entry);
  if (c.known) return INDEX_DONE;
  used = c.used[0] <= c.used[1] ? c.used[0] : c.used[1];
  crowded = c.own >= INDEX_SLOTS || (c.own >= INDEX_FEW && used >= INDEX_SLOTS / 2);
  if (crowded && !replace) return INDEX_CROWDED;
  if (crowded) start = bpf_get_prandom_u32();
  first = c.used[0] <= c.used[1] ? bucket.row[0] : bucket.row[1];
  second = c.used[0] <= c.used[1] ? bucket.row[1] : bucket.row[0];
#pragma clang loop unroll(disable)
  for (i = 0; i < 2 * INDEX_SLOTS; i++) {
    __u64* slot = index_slot(first, second, start + i);
    old = *slot;
    if (crowded ? (old & INDEX_TAG) == bucket.tag : !old)
      if (swap_entry(slot, old, entry)) return INDEX_DONE;
  }
  return INDEX_FULL;
}

/* False: the state was not there. */
static __always_inline bool index_remove(__u64 number, __u64 x) {
  struct index_bucket bucket;
  __u64 entry;
  __u32 i;
  if (!find_bucket(&bucket, number)) return false;
  entry = index_entry(&bucket, x);
#pragma unroll
  for (i = 0; i < 2 * INDEX_SLOTS; i++)
    if (swap_entry(index_slot(bucket.row[0], bucket.row[1], i), entry, 0)) return true;
  return false;
}

static __always_inline void index_or_count_lost(const struct state_key* key, __u64 x) {
  if (index_add(index_key(key), x, true) != INDEX_FULL) return;
  count_lost(LOST_STATES_FULL);
  mirror_incomplete = true;
}

/* By destination and by SPI; by both if states of other destinations fill the slots of the SPI. */
static __always_inline void index_state(const struct state_kept* row) {
  __u64 x = row->address; /* not the argument of the hook: the verifier forbids bit operations on a pointer */
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  index_or_count_lost(&key, x);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  if (index_add(index_key(&key), x, false) == INDEX_DONE) return;
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  index_or_count_lost(&key, x);
}

/* index_key of a state's keys. */
struct state_numbers {
  __u64 dst;
  __u64 id;
};

static __always_inline struct state_numbers numbers_of(const struct state_key* id) {
  struct state_key dst = *id;
  dst.spi = 0;
  return (struct state_numbers){.dst = index_key(&dst), .id = index_key(id)};
}

static __always_inline void unindex_state(const struct state_kept* row, const struct state_numbers* of) {
  __u64 x = row->address;
  struct state_key key;
  index_remove(of->dst, x);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  if (!index_remove(index_key(&key), x)) index_remove(of->id, x);
}

#endif
