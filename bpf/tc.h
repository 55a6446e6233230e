/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of the mirror of tc, shared by BPF programs and user space. Protocols are in network order, other numbers in the
 * machine's; times are ns of CLOCK_MONOTONIC. */
#ifndef XFRM_SNAP_TC_H
#define XFRM_SNAP_TC_H

#include "actor.h"

#define TC_SLOTS 8       /* filters and programs of one device and direction that an event has room for */
#define TC_TOMBSTONES 4  /* the last ones that were removed there */
#define TC_MPROG_MAX 64  /* programs of one tcx or netkit hook (BPF_MPROG_MAX) */
#define TC_LABEL_SIZE 64 /* what a cls_bpf filter was called when it was loaded: "a.o:[classifier]" */

#define TC_INGRESS 0xfffffff2u /* parents as in tc; also used for tcx */
#define TC_EGRESS 0xfffffff3u
#define TC_BLOCK_DEVICE 0xffffffffu /* ifindex of a shared block's filters; their parent is the block's number */

#define TC_ROOT 0xffffffffu          /* parent of root qdiscs */
#define TC_QDISC_INGRESS 0xfffffff1u /* parent of clsact and ingress qdiscs */

enum tc_what { TC_NOTHING, TC_QDISC, TC_FILTER, TC_TCX, TC_NETKIT };

enum tc_flags {
  TC_HAS_HANDLE = 1, /* `handle` is valid: some classifiers have none */
  TC_HAS_PROG = 2,   /* `prog_id`, `name` and `tag` are valid */
  TC_HAS_LINK = 4,   /* attached through a BPF link */
  TC_DIRECT = 8,     /* direct-action: the result of the program is the verdict */
  TC_PEER = 16,      /* the device is a netkit's peer */
};

/* Key of map `tc`. `object` is the address of the qdisc, link or program where the other fields are not unique. */
struct tc_key {
  __u64 object;
  __u32 netns;
  __u32 ifindex;
  __u32 parent;
  __u32 chain;
  __u32 handle;
  __u16 prio;
  __u8 what; /* enum tc_what */
  __u8 reserved;
};

/* A qdisc, a filter or a program. */
struct tc_program {
  __u64 object;
  __u32 parent;
  __u32 chain;
  __u32 handle;
  __u32 prog_id;
  __u32 link_id;
  __u16 prio;
  __u16 protocol; /* ETH_P_* */
  __u8 what;      /* enum tc_what */
  __u8 flags;     /* enum tc_flags */
  __u8 position;  /* tcx and netkit: among the programs of the hook, from 0 */
  __u8 unnamed[5];
  __u8 tag[8];
  char kind[NAME_SIZE]; /* "bpf", "u32", "clsact", "tcx", ... */
  char name[NAME_SIZE]; /* of the program */
};

/* Map `tc`. */
struct tc_row {
  __u32 version; /* odd: it is just being written */
  __u32 netns;   /* inode number */
  __u64 born_ns; /* as in `netns_row` */
  __u64 dev;     /* the kernel's address of the device; 0: a shared block */
  __u32 ifindex;
  __u32 scan; /* the last scan of its hook that met it */
  char ifname[NAME_SIZE];
  struct tc_program program;
  char label[TC_LABEL_SIZE];
  struct actor added;
  struct actor changed; /* the last change; ns 0: none */
  struct actor removed;
  __u64 owner; /* filter: address of its struct tcf_proto, whose filters form a list */
  struct tc_key next;
  struct tc_key prev; /* `what` 0: none */
};

struct tc_slot {
  struct tc_program program; /* `what` 0: empty */
  __u64 since_ns;            /* made or last changed; 0: older than the mirror */
};

struct tc_tombstone {
  struct tc_program program;
  __u64 since_ns;
  struct actor removed;
};

/* Key of map `tc_points`, in which an event looks up its device. */
struct tc_point_key {
  __u32 netns;
  __u32 ifindex;
  __u32 egress; /* 1, or 0 for ingress */
};

/* What classifies and changes packets on one device in one direction. */
struct tc_point {
  __u32 version; /* odd: it is just being written */
  __u32 count;   /* filters and programs, including those without a slot */
  struct tc_slot slot[TC_SLOTS];
  struct tc_tombstone tombstone[TC_TOMBSTONES];
  __u32 tombstones;       /* recorded so far: the last one is at (tombstones - 1) % TC_TOMBSTONES */
  __u32 last_op;          /* enum change_op */
  struct tc_program last; /* what changed last; `what` 0: nothing yet */
  struct actor last_by;
};

/* Map `tc_mprogs`, keyed by device and hook: what the last scan of a tcx or netkit hook met. */
struct tc_mprog_key {
  __u64 dev;
  __u32 parent;
  __u32 what;
};

struct tc_mprog {
  __u32 scan;
  __u32 count;
  __u32 netns;
  __u32 ifindex;
  __u64 object[TC_MPROG_MAX];
};

/* Index into map `tc_arguments`. */
enum tc_argument_slot { TC_OF_KPROBE, TC_OF_TRACEPOINT, TC_ARGUMENT_SLOTS };

/* Index into map `next_tc`. */
enum tc_next { NEXT_TC_GONE, NEXT_TC_SCAN, NEXT_TC_REAP, NEXT_TC_PROGRAMS };

/* What `read_tc` reads for `show`. */
struct tc_reading {
  char ifname[NAME_SIZE];
  __u32 qdisc_flags; /* TCQ_F_* */
  __u32 qdisc_refs;
  __u32 qdisc_parent;
  __u32 qdisc_handle;
};

#endif
