/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of the ring buffer, and what else BPF programs and user space share. Addresses and SPIs are in network order,
 * everything else in the machine's; times are ns of CLOCK_MONOTONIC. */
#ifndef XFRM_SNAP_RECORDS_H
#define XFRM_SNAP_RECORDS_H

#include "errors.h"
#include "evidence.h"
#include "packet_evidence.h"
#include "tc.h"

#define STACK_DEPTH 32 /* kernel stack frames in a record */
#define SNAP_MAX 256   /* bytes of a packet that --pcap keeps */

/* What the reader program copies kernel memory into. */
struct memory_window {
  __u8 bytes[1 << 16];
};

enum record_kind {
  RECORD_ERROR = 1,
  RECORD_NETNS_GONE,
  RECORD_MODULE,
  RECORD_STATE_CHANGE,
  RECORD_POLICY_CHANGE,
  RECORD_DEFAULTS,
  RECORD_MIGRATED,
  RECORD_NETNS_MADE,
  RECORD_TC_CHANGE,
  RECORD_BYTES,
  RECORD_TAIL
};

struct record_header {
  __u32 kind; /* enum record_kind */
  __u32 cpu;
  __u64 mono_ns;
};

/* What an event knows of tc on the packet's device. */
enum tc_known { TC_UNKNOWN, TC_NONE, TC_FOUND };

struct error_record {
  struct record_header header;
  struct error_key key;
  struct packet packet;
  __u64 row_count;   /* the row's count with this event; 0: `errors` is full, this event stands for `amount` only */
  __u64 amount;      /* by how much the counter rises; 1 for a loss */
  __u64 packets;     /* that this event stands for; 0: not known */
  __u64 row_packets; /* the row's packets with this event; 0: not known */
  __u64 mib;         /* net->mib.xfrm_statistics; identifies the netns if its inode number is not known (0) */
  __u32 tgid;        /* in_process only */
  __u32 in_process;  /* 1: raised in the context of a process, not in an interrupt */
  char comm[NAME_SIZE];
  __u32 stack_size;  /* frames in `stack` */
  __u32 flow_family; /* AF_*; 0: not known */
  __u64 state_at;    /* the SA that the packet holds: its address in the kernel, or 0 */
  __u64 policy_at;   /* the policy that matched: its address in the kernel, or 0 */
  struct packet_evidence packet_evidence;
  __u32 output;   /* 1: raised on the way out */
  __u32 tc_known; /* enum tc_known */
  struct evidence evidence;
  struct tc_point tc; /* of the packet's device and direction */
  __u64 stack[STACK_DEPTH];
  struct search search; /* scratch space of the BPF side; not sent */
};

/* The packet of the next error_record with this time and CPU. */
struct bytes_record {
  struct record_header header; /* RECORD_BYTES */
  __u32 size;                  /* of `bytes`, at most SNAP_MAX */
  __u32 reserved;
  __u8 bytes[2 * SNAP_MAX]; /* from the IP header on; the second half only satisfies the verifier */
};

/* Packets lost behind the one of an error_record. */
struct tail_record {
  struct record_header header; /* RECORD_TAIL */
  struct error_key key;        /* the event's row */
  __u64 error_ns;              /* the event's time */
  __u64 packets;               /* lost behind it; 0: not known */
  __u64 row_packets;           /* as in error_record, with these */
  __u32 error_cpu;
  __u32 reserved;
};

/* The kernel's counters of one netns, summed over all CPUs, and what was seen of them at the same moment. */
struct counters_row {
  __u64 kernel[COUNTER_SLOTS];
  __u64 seen[COUNTER_SLOTS];
  __u64 seen_delta[COUNTER_SLOTS]; /* by how much `seen` rose while `kernel` was read; 0: the two belong together */
  __u64 filtered[COUNTER_SLOTS];   /* part of `seen` that was not asked for */
};

/* A netns was made: its name can be looked up while it exists. */
struct netns_made_record {
  struct record_header header; /* RECORD_NETNS_MADE */
  __u64 born_ns;               /* as in `netns_row` */
  __u32 netns;
  __u32 reserved;
};

/* A netns is being taken down: its last counters. */
struct netns_gone_record {
  struct record_header header;
  __u32 netns;
  __u32 reserved;
  __u64 born_ns; /* as in `netns_row` */
  struct counters_row counters;
};

/* A module was loaded, or is about to be unloaded. */
struct module_record {
  struct record_header header;
  __u32 loaded;
  __u32 reserved;
  char name[56]; /* MODULE_NAME_LEN */
};

enum change_op { CHANGE_ADD, CHANGE_UPDATE, CHANGE_DELETE, CHANGE_EXPIRE };

struct change_head {
  __u32 op;   /* enum change_op */
  __u32 hard; /* CHANGE_EXPIRE: 1 the hard limit, 0 the soft one */
  struct actor by;
};

struct state_change_record {
  struct record_header header; /* RECORD_STATE_CHANGE */
  struct change_head change;
  struct state_row state;
};

struct policy_change_record {
  struct record_header header; /* RECORD_POLICY_CHANGE */
  struct change_head change;
  struct policy_row policy;
};

struct tc_change_record {
  struct record_header header; /* RECORD_TC_CHANGE */
  struct change_head change;
  struct tc_row tc;
};

/* The default policies of a netns were set. XFRM_USERPOLICY_*: 1 block, 2 accept. */
struct defaults_record {
  struct record_header header; /* RECORD_DEFAULTS */
  struct actor by;
  __u64 born_ns;
  __u32 netns;
  __u8 in, fwd, out, reserved;
};

/* xfrm_migrate has changed policies of a netns in place: user space dumps them again. */
struct migrated_record {
  struct record_header header; /* RECORD_MIGRATED */
  __u32 netns;
  __u32 reserved;
};

/* The programs that on_increment tail-calls. In one program the verifier would follow every path of one part through
 * all of the next. */
enum next_program { NEXT_READ_EVIDENCE, NEXT_EMIT_EVENT, NEXT_PROGRAMS };

/* Index into map `lost`: counts of what could not be sent or entered. */
enum lost_kind {
  LOST_RING,
  LOST_ERRORS_FULL,
  LOST_TOTALS_FULL,
  LOST_NETNS_FULL,
  LOST_NO_SITE,
  LOST_STATES_FULL,   /* a state that `states` has no room for */
  LOST_POLICIES_FULL, /* a policy that `policies` has no room for */
  LOST_MIRROR,        /* a change that could not be entered, for any other reason */
  LOST_CHANGES,       /* a change that found the ring buffer full */
  LOST_TC_FULL,       /* a qdisc, filter or program that a map has no room for */
  LOST_RETURNS,       /* a hooked function whose return was not seen */
  LOST_KINDS
};

#endif
