/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of maps `errors`, `totals` and `netns`, shared by BPF programs and user space. Times are ns of CLOCK_MONOTONIC.
 */
#ifndef XFRM_SNAP_ERRORS_H
#define XFRM_SNAP_ERRORS_H

#include "packet.h"

#define COUNTER_SLOTS 48 /* counters per netns, room for those that kernels to come append */

/* Key of map `errors`: one row per netns, counter, site and packet identity. */
struct error_key {
  struct packet_id id;
  __u32 netns; /* inode number */
  __u16 site;
  __u16 counter;
  __u64 born_ns; /* as in `netns_row` */
};

/* The SA of a row's first event, in short, and how it was found. */
struct first_state {
  __u8 saddr[16];
  __u8 daddr[16];
  __u32 spi; /* network order */
  __u32 reqid;
  __u32 mark;
  __u32 mark_mask;
  __u32 if_id;
  __u16 family; /* AF_*; 0: there is none */
  __u8 proto;
  __u8 mode;
  __u8 match; /* enum match */
  __u8 known; /* 1: filled in by the first event */
  __u16 differs;
  __u32 reserved;
  __u64 deleted_ns; /* when the tombstone's state was removed; 0: there is none */
};

struct error_row {
  __u64 count;
  __u64 packets; /* that the increments or losses stand for */
  __u64 bytes;   /* of the packets whose length is known */
  __u64 first_ns;
  __u64 last_ns;
  __u64 window_ns; /* start of the second in which `sent` events were sent */
  __u32 sent;
  __u32 packets_unknown; /* 1: some increments stand for an unknown number of packets */
  struct packet first;
  struct packet last;
  struct first_state state;
};

/* Part of the kernel's text. */
struct code_range {
  __u64 start;
  __u64 size; /* 0: none */
};

/* Key of map `totals`. */
struct total_key {
  __u32 netns;
  __u32 counter; /* enum xfrm_counter or enum loss */
  __u64 born_ns; /* as in `netns_row` */
};

/* Added to a counter in `totals`: increments after the last event that --count allows, and increments that the filter
 * leaves out; no event stands for them. */
#define AFTER_LIMIT 0x10000
#define FILTERED 0x20000

/* `window_ns` and `sent` are the rate limit once `errors` is full. */
struct total_row {
  __u64 count;
  __u64 window_ns;
  __u32 sent;
  __u32 reserved;
};

/* Map `netns`, keyed by the per-CPU address of the counters (net->mib.xfrm_statistics). */
struct netns_row {
  __u32 inum;
  __u32 reserved;
  __u64 born_ns; /* tells it from an earlier netns with the same inode number; 0: older than the hooks */
};

#endif
