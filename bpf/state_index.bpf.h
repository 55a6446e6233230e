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

/* 1 where they differ, without a branch: candidates would multiply the paths that the verifier follows. */
static __always_inline __u32 unequal(__u64 a, __u64 b) {
  __u64 bits = a ^ b, minus;
  barrier_var(bits);
  minus = -bits;
  barrier_var(minus);
  return (bits | minus) >> 63;
}

static __always_inline __u32 is_set(__u64 a) {
  return unequal(a, 0);
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

/* A number for a key: the kernel hashes and compares a short one in a third of the instructions. Its last bits are the
 * slot. Two keys with one number, in some 2^60, would make each other's states candidates. */
static __always_inline __u64 index_key(const struct state_key* key) {
  const __u32* daddr = (const __u32*)key->daddr;
  __u64 sum = mix((__u64)key->netns << 32 | key->spi, (__u64)key->family << 8 | key->proto);
  sum = mix(sum, (__u64)daddr[0] << 32 | daddr[1]);
  sum = mix(sum, (__u64)daddr[2] << 32 | daddr[3]);
  return sum & ~(__u64)(INDEX_SLOTS - 1);
}

/* A state took another one's place in the index: the slots that rows remember may be others' by now. */
bool index_crowded;

/* Each slot is a row of its own: rows are entered and removed atomically, and it is the map that locks. Gives the slot,
 * INDEX_SLOTS if all are taken; `slot` is where it may be already. */
static __always_inline __u8 index_try(__u64 first, __u64 x, __u8 slot, bool fresh) {
  __u64 at = first | (slot & (INDEX_SLOTS - 1)), *known;
  known = fresh ? 0 : bpf_map_lookup_elem(&state_index, &at);
  if (known && *known == x) return slot;
  for (slot = 0; slot < INDEX_SLOTS; slot++) {
    __u64* there;
    at = first | slot;
    if (!bpf_map_update_elem(&state_index, &at, &x, BPF_NOEXIST)) return slot;
    there = bpf_map_lookup_elem(&state_index, &at);
    if (there && *there == x) return slot;
  }
  return INDEX_SLOTS;
}

/* Where all slots are taken, the newest state takes the place of any other one. */
static __always_inline __u8 index_add(const struct state_key* key, __u64 x, __u8 slot, bool fresh) {
  __u64 first = index_key(key), at;
  slot = index_try(first, x, slot, fresh);
  if (slot < INDEX_SLOTS) return slot;
  index_crowded = true;
  slot = bpf_get_prandom_u32() & (INDEX_SLOTS - 1);
  at = first | slot;
  if (bpf_map_update_elem(&state_index, &at, &x, BPF_ANY)) count_lost(LOST_MIRROR);
  return slot;
}

static __always_inline void index_search(__u64 first, __u64 x) {
  __u8 slot;
  for (slot = 0; slot < INDEX_SLOTS; slot++) {
    __u64 at = first | slot, *there = bpf_map_lookup_elem(&state_index, &at);
    if (!there || *there != x) continue;
    if (bpf_map_delete_elem(&state_index, &at)) count_lost(LOST_MIRROR);
    return;
  }
}

static __always_inline void index_remove(const struct state_key* key, __u64 x, __u8 slot) {
  __u64 first = index_key(key), at = first | (slot & (INDEX_SLOTS - 1));
  if (index_crowded)
    index_search(first, x);
  else if (bpf_map_delete_elem(&state_index, &at))
    count_lost(LOST_MIRROR);
}

/* Under its SPI, and where other destinations' states take all of the SPI's slots, under both. */
static __always_inline void index_by_spi(struct state_kept* row, __u64 x, bool fresh) {
  struct state_key key = spi_key(row->netns, row->proto, row->spi);
  if (fresh || row->slot[SLOT_SPI] < INDEX_SLOTS)
    row->slot[SLOT_SPI] = index_try(index_key(&key), x, row->slot[SLOT_SPI], fresh);
  if (row->slot[SLOT_SPI] < INDEX_SLOTS) return;
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  row->slot[SLOT_BOTH] = index_add(&key, x, row->slot[SLOT_BOTH], fresh);
}

/* `fresh`, a constant: it was not in the index before. */
static __always_inline void index_state(struct state_kept* row, __u64 x, bool fresh) {
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  row->slot[SLOT_DST] = index_add(&key, x, row->slot[SLOT_DST], fresh);
  if (row->spi) index_by_spi(row, x, fresh);
}

static __always_inline void unindex_state(const struct state_kept* row, __u64 x) {
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  __u8 slot = row->slot[SLOT_SPI];
  index_remove(&key, x, row->slot[SLOT_DST]);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  if (slot == INDEX_SLOTS) {
    key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
    slot = row->slot[SLOT_BOTH];
  }
  index_remove(&key, x, slot);
}

/* States that differ in nothing but the mark shall not overwrite each other's tombstones. */
static __always_inline __u8 mark_slot(__u32 mark, __u32 mask) {
  __u32 mixed = (mark * 31 + mask) * 2654435761u;
  return mixed >> 29 & (INDEX_SLOTS - 1);
}

static __always_inline struct state_key tombstone_key(const struct state_kept* row) {
  struct state_key key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  key.slot = mark_slot(row->mark, row->mark_mask);
  return key;
}

static __always_inline bool same_destination(const struct state_key* a, const struct state_key* b) {
  const __u32 *left = (const __u32*)a->daddr, *right = (const __u32*)b->daddr;
  return a->netns == b->netns && a->family == b->family && a->proto == b->proto && left[0] == right[0] &&
         left[1] == right[1] && left[2] == right[2] && left[3] == right[3];
}

static __always_inline struct grave* grave_at(__u64 number) {
  __u32 at = number & (GRAVES - 1);
  return bpf_map_lookup_elem(&graves, &at);
}

/* The row of the destination of `key`, and if it has none one for it: a free one, or that of the older tombstone. */
static __always_inline struct grave* grave_of(const struct state_key* key, bool make) {
  struct state_key way = dst_key(key->netns, key->family, key->proto, key->daddr);
  __u64 number = index_key(&way) >> 3;
  struct grave *one = grave_at(number), *other = grave_at(number >> 28);
  if (!one || !other) return 0;
  if (same_destination(&one->key, key)) return one;
  if (same_destination(&other->key, key)) return other;
  if (!make) return 0;
  return one->removed_ns <= other->removed_ns ? one : other;
}

#endif
