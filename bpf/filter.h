/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which events user space asks for. Shared by BPF programs and user space. */
#ifndef XFRM_SNAP_FILTER_H
#define XFRM_SNAP_FILTER_H

#include "types.h"

/* Parts of a filter that are in use. */
enum filter_fields {
  FILTER_COUNTER = 1,
  FILTER_NETNS = 2, /* those of map `wanted_netns` */
  FILTER_SRC = 4,
  FILTER_DST = 8,
  FILTER_SPI = 16,
  FILTER_MARK = 32,
  FILTER_IFNAME = 64,
};
#define FILTERS_PACKET (FILTER_SRC | FILTER_DST | FILTER_SPI | FILTER_MARK | FILTER_IFNAME)

/* Addresses in network order; IPv4: the first word. */
struct prefix {
  __u32 address[4];
  __u32 mask[4];
  __u32 family; /* 4, 6 */
};

struct filter {
  __u64 counters; /* a bit for each enum xfrm_counter */
  __u32 fields;   /* enum filter_fields */
  __u32 spi;      /* network order */
  __u32 mark, mark_mask;
  struct prefix src, dst;
  __u32 ifname[4]; /* as in a packet: the name's bytes, the rest 0 */
};

#endif
