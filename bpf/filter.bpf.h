/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Decides which events the user asked for; the others are only counted. An unknown value matches nothing. */
#ifndef XFRM_SNAP_FILTER_BPF_H
#define XFRM_SNAP_FILTER_BPF_H

#include "counters.h"
#include "filter.h"
#include "kernel.bpf.h"
#include "losses.h"
#include "records.h"

const volatile struct filter filter;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __u32); /* inode number */
  __type(value, __u32);
} wanted_netns SEC(".maps");

static __always_inline bool filters(__u32 field) {
  return filter.fields & field;
}

/* Decides before the packet is read. The netns asked for are older than the run: one made since has the reused inode
 * number of a netns that is gone. */
static __always_inline bool wants_counter(const struct error_record* e) {
  if (filters(FILTER_COUNTER) && (e->key.counter >= LOSS_FIRST || !(filter.counters >> (e->key.counter & 63) & 1)))
    return false;
  return !filters(FILTER_NETNS) || (!e->key.born_ns && bpf_map_lookup_elem(&wanted_netns, &e->key.netns));
}

static __always_inline __u32 outside(const __u8* address, const volatile struct prefix* p) {
  const __u32* a = (const __u32*)address;
  return ((a[0] ^ p->address[0]) & p->mask[0]) | ((a[1] ^ p->address[1]) & p->mask[1]) |
         ((a[2] ^ p->address[2]) & p->mask[2]) | ((a[3] ^ p->address[3]) & p->mask[3]);
}

/* The SPI of the packet, or of the SA that it holds; 0: none. */
static __always_inline __u32 spi_of(const struct error_record* e) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  if (e->packet.flags & PACKET_HAS_SPI) return e->packet.id.spi;
  return x ? BPF_CORE_READ(x, id.spi) : 0;
}

static __always_inline __u32 other_name(const char* name) {
  const __u32* n = (const __u32*)name;
  return (n[0] ^ filter.ifname[0]) | (n[1] ^ filter.ifname[1]) | (n[2] ^ filter.ifname[2]) | (n[3] ^ filter.ifname[3]);
}

static __always_inline bool wants_packet(const struct error_record* e) {
  const struct packet* p = &e->packet;
  const struct packet_id* id = &p->id;
  if (!filters(FILTERS_PACKET)) return true;
  if (!p->flags) return false;
  if (filters(FILTER_SRC) && (id->family != filter.src.family || outside(id->saddr, &filter.src))) return false;
  if (filters(FILTER_DST) && (id->family != filter.dst.family || outside(id->daddr, &filter.dst))) return false;
  if (filters(FILTER_MARK) && (!(p->flags & PACKET_HAS_MARK) || (p->mark & filter.mark_mask) != filter.mark))
    return false;
  if (filters(FILTER_IFNAME) && other_name(p->ifname)) return false;
  return !filters(FILTER_SPI) || spi_of(e) == filter.spi;
}

#endif
