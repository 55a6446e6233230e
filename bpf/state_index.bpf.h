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

/* Each slot is a row of its own: rows are entered and removed atomically, and it is the map that locks. Where all slots
 * are taken, the newest state takes the place of any other one. */
static __always_inline void index_add(struct state_key* key, __u64 x) {
  __u8 slot;
  for (slot = 0; slot < INDEX_SLOTS; slot++) {
    __u64* there;
    key->slot = slot;
    there = bpf_map_lookup_elem(&state_index, key);
    if (there && *there == x) return;
    if (!there && !bpf_map_update_elem(&state_index, key, &x, BPF_NOEXIST)) return;
  }
  key->slot = bpf_get_prandom_u32() & (INDEX_SLOTS - 1);
  if (bpf_map_update_elem(&state_index, key, &x, BPF_ANY)) count_lost(LOST_MIRROR);
}

static __always_inline void index_remove(struct state_key* key, __u64 x) {
  __u8 slot;
  for (slot = 0; slot < INDEX_SLOTS; slot++) {
    __u64* there;
    key->slot = slot;
    there = bpf_map_lookup_elem(&state_index, key);
    if (!there || *there != x) continue;
    if (bpf_map_delete_elem(&state_index, key)) count_lost(LOST_MIRROR);
    return;
  }
}

static __always_inline void index_state(const struct state_row* row, __u64 x) {
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  index_add(&key, x);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  index_add(&key, x);
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  index_add(&key, x);
}

static __always_inline void unindex_state(const struct state_row* row, __u64 x) {
  struct state_key key = dst_key(row->netns, row->family, row->proto, row->daddr);
  index_remove(&key, x);
  if (!row->spi) return;
  key = spi_key(row->netns, row->proto, row->spi);
  index_remove(&key, x);
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  index_remove(&key, x);
}

/* States that differ in nothing but the mark shall not overwrite each other's tombstones. */
static __always_inline __u8 mark_slot(__u32 mark, __u32 mask) {
  __u32 mixed = (mark * 31 + mask) * 2654435761u;
  return mixed >> 29 & (INDEX_SLOTS - 1);
}

static __always_inline struct state_key tombstone_key(const struct state_row* row) {
  struct state_key key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  key.slot = mark_slot(row->mark, row->mark_mask);
  return key;
}

#endif
