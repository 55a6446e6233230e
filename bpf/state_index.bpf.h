/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to a state, and to a tombstone. */
#ifndef XFRM_SNAP_STATE_INDEX_BPF_H
#define XFRM_SNAP_STATE_INDEX_BPF_H

static __always_inline void copy_address(void* to, const void* from) {
  const __u32* word = from;
  __u32* into = to;
  into[0] = word[0];
  into[1] = word[1];
  into[2] = word[2];
  into[3] = word[3];
}

/* Wherever addresses are kept, they are aligned to four bytes. */
static __always_inline __u32 addresses_differ(const void* left, const void* right) {
  const __u32 *a = left, *b = right;
  return is_set((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

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

/* A number for a key. Two keys with one number, in some 2^60, would make each other's states candidates. */
static __always_inline __u64 index_key(const struct state_key* key) {
  const __u32* daddr = (const __u32*)key->daddr;
  __u64 sum = mix((__u64)key->netns << 32 | key->spi, (__u64)key->family << 8 | key->proto);
  sum = mix(sum, (__u64)daddr[0] << 32 | daddr[1]);
  return mix(sum, (__u64)daddr[2] << 32 | daddr[3]);
}

/* There was no room for a state: one that is not found may be there nevertheless. */
bool mirror_incomplete;
/* Rows of map `state_index` less one; their number is a power of two. */
const volatile __u32 index_mask;

/* All addresses of states have these bits in common, 1 and 0: in the index they tell the states of a key from others.
 */
#define INDEX_TAG (KERNEL_HALF | 7)
#define KERNEL_HALF 0xfe00000000000000ull

/* What leads to the states of a key: they are in two rows, marked by its tag, which is never 0. */
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

/* The state of an entry; 0: it is free, or another key's. */
static __always_inline __u64 state_of_entry(__u64 entry, __u64 tag) {
  __u64 other = unequal(entry & INDEX_TAG, tag);
  return ((entry & ~INDEX_TAG) | KERNEL_HALF) & (other - 1);
}

/* The i-th of the states of a key, of 2 * INDEX_SLOTS; 0: none. */
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

/* Puts `to` where `from` was; false, with no change, if another processor did something there at the same moment.
 * Before Linux 5.12 an addition is all that BPF does atomically; whoever finds another sum than its own takes it back.
 */
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
  __u32 own;     /* of this key */
  __u32 known;   /* leads to this state already */
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

/* 1 if it is none of the states of a key: another key's may have the same tag. Without a branch. */
static __always_inline __u32 is_foreign(const struct state_kept* row, const struct state_key* key) {
  return unequal(key->netns, row->netns) | unequal(key->proto, row->proto) |
         (is_set(key->spi) & unequal(key->spi, row->spi)) |
         (is_set(key->family) & (unequal(key->family, row->family) | addresses_differ(key->daddr, row->daddr)));
}

enum indexed { INDEX_DONE, INDEX_CROWDED, INDEX_FULL };

/* A key leads to INDEX_SLOTS states, and to INDEX_FEW where its rows are half full, so that each key finds room. Of
 * more, the newest takes the place of any other one, if it is to `replace` it. `number`: of the key. */
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

/* False: it was not there. */
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

static __always_inline void index_or_tell(const struct state_key* key, __u64 x) {
  if (index_add(index_key(key), x, true) != INDEX_FULL) return;
  count_lost(LOST_STATES_FULL);
  mirror_incomplete = true;
}

/* By destination and by SPI; where other destinations' states take all that the SPI leads to, by both. */
static __always_inline void index_state(const struct state_kept* row) {
  __u64 x = row->address; /* where the hook's argument is a pointer, the verifier lets nobody take its bits apart */
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  index_or_tell(&key, x);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  if (index_add(index_key(&key), x, false) == INDEX_DONE) return;
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  index_or_tell(&key, x);
}

/* The numbers of a state's keys. */
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

static __always_inline struct tombstone_slots_row* tombstone_slots_of(__u64 number, __u32* first) {
  __u32 at = number >> 3 & (TOMBSTONES / BURIALS - 1);
  *first = at * BURIALS;
  return bpf_map_lookup_elem(&tombstone_slots, &at);
}

/* The last bits of a time of removal (17 ms): two bytes for the identity, and one for the mark, so that states that
 * differ in nothing else do not overwrite each other's tombstones. */
#define BURIAL_TAG 0xffffffull

static __always_inline __u64 tombstone_tag(__u64 number, __u32 mark, __u32 mask) {
  __u32 mixed = (mark * 31 + mask) * 2654435761u;
  return number >> 48 << 8 | mixed >> 24;
}

/* Where a tombstone goes: in place of an older one of the same state, or into a free slot, or that of the oldest. */
static __always_inline __u32 tombstone_slot(const struct tombstone_slots_row* row, __u64 tag) {
  __u64 least = ~0ull;
  __u32 i, best = 0;
#pragma unroll
  for (i = 0; i < BURIALS; i++) {
    __u64 at = row->removed[i], rank = at * unequal(at & BURIAL_TAG, tag);
    if (rank >= least) continue;
    least = rank;
    best = i;
  }
  return best & (BURIALS - 1);
}

/* Templates ask for a destination and a reqid, which takes the SPI's place. */
static __always_inline struct state_key grave_key(const struct state_key* id, __u32 reqid) {
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
  __u32 at = number & (GRAVES - 1);
  return bpf_map_lookup_elem(&last_tombstones, &at);
}

/* The row of the destination of `key`, whose number is `dst`, and if it has none one for it: a free one, or that of the
 * older tombstone. */
static __always_inline struct last_tombstone* last_tombstone_of(const struct state_key* key, __u64 dst, bool make) {
  struct last_tombstone *one = last_tombstone_at(dst >> 3), *other = last_tombstone_at(dst >> 31);
  if (!one || !other) return 0;
  if (same_destination(&one->key, key)) return one;
  if (same_destination(&other->key, key)) return other;
  if (!make) return 0;
  return one->removed_ns <= other->removed_ns ? one : other;
}

#endif
