/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records that BPF programs and user space share. Includes nothing: whoever includes it brings
 * __u8 .. __u64, mirror.h, clues.h and tc.h.
 * Addresses and SPIs are in network order, everything else in the machine's; times are ns of CLOCK_MONOTONIC. */
#ifndef XFRM_SNAP_RECORDS_H
#define XFRM_SNAP_RECORDS_H

#define SITE_MAX 512     /* increments that can be probed */
#define COUNTER_SLOTS 48 /* counters per netns, room for those that kernels to come append */
#define STACK_DEPTH 32   /* kernel stack frames in a record */
#define SNAP_MAX 256     /* bytes of a packet that --pcap keeps */
#define ROLES 11         /* operands of a site: those of xs::Role in its order, and three more */

/* What the reader program copies kernel memory into. */
struct memory_window {
  __u8 bytes[1 << 16];
};

enum operand_where { OPERAND_NONE, OPERAND_REG, OPERAND_SLOT, OPERAND_FRAME, OPERAND_CONSTANT };

enum role {
  ROLE_SKB,
  ROLE_FLOW,
  ROLE_STATE,
  ROLE_POLICY,
  ROLE_NET,
  ROLE_SOCK,
  ROLE_DST,
  ROLE_FAMILY,
  ROLE_POLICIES,
  ROLE_ERROR,     /* the number that the function is going to return */
  ROLE_LOOKED_UP, /* the flow in the function's frame, decoded from the packet, that policies were looked up with */
};

struct operand {
  __u8 where;   /* enum operand_where */
  __u8 check;   /* 1: believe it only if it leads to the netns whose counter rises */
  __u16 reg_at; /* OPERAND_REG: byte offset in pt_regs */
  __s32 offset; /* OPERAND_SLOT, OPERAND_FRAME (the object itself lies there): bytes from the stack pointer;
                   OPERAND_CONSTANT: the number */
  __s32 addend; /* added to what was found */
  __u32 frame;  /* not 0: a value in [stack pointer, stack pointer + frame), or a small number, is not the object */
};

/* Map `sites`, keyed by the address of the increment. */
#define MARK_MAX 64
#define CALLERS 3 /* of a function that waits for one that has lost the flow */

/* Where a caller keeps the flow and its route. */
#define NOWHERE (-1)
#define IN_REGISTER 1 /* no slot: those are at multiples of eight */
struct caller_flow {
  __u64 back; /* the function's return address then; 0: no such caller */
  __s32 flow; /* bytes from the stack pointer; or IN_REGISTER and its offset in pt_regs */
  __s32 dst;  /* likewise, or NOWHERE */
};

enum mark_kind { MARK_NONE, MARK_FLOW, MARK_ERROR };

/* Map `marks`: an instruction that comes by only where an increment follows, whose site has lost what is known here. */
struct mark {
  struct operand value; /* MARK_FLOW: address of the flow; MARK_ERROR: a negative error number of 32 bits */
  struct caller_flow caller[CALLERS];
  __s32 return_at; /* where the return address is, bytes from the stack pointer */
  __u16 kind;      /* enum mark_kind */
  __u16 counter;   /* enum xfrm_counter: which is raised next */
};

/* Map `noted`, by context: what the last mark there noted, for the increment that follows. */
struct note {
  __u32 kind;    /* enum mark_kind */
  __u32 counter; /* enum xfrm_counter */
  __u64 value;   /* MARK_FLOW: address of the flow; MARK_ERROR: the error number, positive */
};

struct site {
  __u16 id;          /* index in user space's list */
  __u8 counter;      /* enum xfrm_counter */
  __u8 has_amount;   /* 1: the counter grows by a register, not by one */
  __u16 base_at;     /* pt_regs offset of the register with the counters' base */
  __u16 amount_at;   /* pt_regs offset of that register */
  __s32 base_offset; /* register minus this is net->mib.xfrm_statistics */
  __u8 output;       /* 1: raised on the way out */
  __u8 noted;        /* enum mark_kind: what may be known no more, and a mark has noted */
  __u8 in_loop;      /* 1: in xfrm_input, which undoes several transforms in one pass */
  __u8 reserved0;
  struct operand operand[ROLES];
  struct caller_flow caller[CALLERS];
  __s32 return_at;
  __u32 reserved;
};

enum packet_flags {
  PACKET_FOUND = 1,   /* addresses and protocol are valid */
  PACKET_IS_FLOW = 2, /* taken from a struct flowi: no packet exists */
  PACKET_HAS_SPI = 4,
  PACKET_HAS_SEQ = 8,
  PACKET_HAS_PORTS = 16,
  PACKET_HAS_LEN = 32,
  PACKET_HAS_MARK = 64,
  PACKET_HAS_IF = 128,
  PACKET_HAS_ICMP = 256, /* `sport` is the ICMP type, `dport` the code */
};

enum encapsulation { ENCAP_NONE, ENCAP_UDP, ENCAP_TCP };

/* What makes two packets the same failure: part of the key of `errors`. */
struct packet_id {
  __u8 saddr[16]; /* IPv4: the first four bytes */
  __u8 daddr[16];
  __u32 spi;   /* ESP, AH; IPComp: the CPI; network order */
  __u8 family; /* 4, 6; 0: not known */
  __u8 proto;  /* IPPROTO_*; ESP also when encapsulated */
  __u8 encap;  /* enum encapsulation */
  __u8 reserved;
};

struct packet {
  struct packet_id id;
  __u32 seq;
  __u32 len; /* of the IP packet, bytes */
  __u32 mark;
  __u32 ifindex; /* flow: the output interface asked for, 0 if any */
  __u16 sport;
  __u16 dport;
  __u32 flags; /* enum packet_flags */
  char ifname[NAME_SIZE];
};

/* Key of map `errors`: one row per netns, counter, site and packet identity. */
struct error_key {
  struct packet_id id;
  __u32 netns; /* inode number */
  __u16 site;
  __u16 counter;
  __u64 born_ns; /* as in `netns_row` */
};

/* The SA of a row's first event, and how it was found; the event itself has all of it. */
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
  __u8 known; /* 1: the event was told */
  __u16 differs;
  __u32 reserved;
  __u64 deleted_ns; /* when the tombstone's state was removed; 0: there is none */
};

struct error_row {
  __u64 count;
  __u64 packets; /* that the increments stand for, or that were lost */
  __u64 bytes;   /* of the packets whose length is known */
  __u64 first_ns;
  __u64 last_ns;
  __u64 window_ns; /* start of the second in which `sent` events were sent */
  __u32 sent;
  __u32 packets_unknown; /* 1: of some of them it is not known how many they stand for */
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

/* Added to a counter in `totals`: increments after the last line that --count asked for, and those that are not asked
 * for; no line stands for them. */
#define AFTER_LIMIT 0x10000
#define FILTERED 0x20000

/* `window_ns` and `sent` limit what is sent once `errors` is full. */
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
  __u64 born_ns; /* tells it from an earlier netns with its inode number; 0: it was there before the hooks */
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
  __u64 amount;      /* by how much the counter grows; 1 for a loss */
  __u64 packets;     /* that this event stands for; 0: not known */
  __u64 row_packets; /* the row's packets with this event; 0: not known */
  __u64 mib;         /* net->mib.xfrm_statistics; tells the netns apart where its inode number is not known (0) */
  __u32 tgid;        /* in_process only */
  __u32 in_process;  /* 1: raised in the context of a process, not in an interrupt */
  char comm[NAME_SIZE];
  __u32 stack_size;  /* frames in `stack` */
  __u32 flow_family; /* AF_*; 0: not known */
  __u64 state_at;    /* the SA that the packet holds: its address in the kernel, or 0 */
  __u64 policy_at;   /* the policy that matched: its address in the kernel, or 0 */
  struct clues clues;
  __u32 output;   /* 1: raised on the way out */
  __u32 tc_known; /* enum tc_known */
  struct evidence evidence;
  struct tc_point tc; /* of the packet's device and direction */
  __u64 stack[STACK_DEPTH];
  struct search search; /* the kernel side's own: is not sent */
};

/* The bytes of the packet of the next error_record with this time and processor. */
struct bytes_record {
  struct record_header header; /* RECORD_BYTES */
  __u32 size;                  /* of `bytes`, at most SNAP_MAX */
  __u32 reserved;
  __u8 bytes[2 * SNAP_MAX]; /* from the IP header on; the second half is there for the verifier only */
};

/* Packets that were lost behind one that an error_record has told of. */
struct tail_record {
  struct record_header header; /* RECORD_TAIL */
  struct error_key key;        /* the event's row */
  __u64 error_ns;              /* the event's time */
  __u64 packets;               /* lost behind it; 0: not known */
  __u64 row_packets;           /* as in error_record, with these */
  __u32 error_cpu;
  __u32 reserved;
};

/* The kernel's counters of one netns, summed over all CPUs, and what was seen, read at the same moment. */
struct counters_row {
  __u64 kernel[COUNTER_SLOTS];
  __u64 seen[COUNTER_SLOTS];
  __u64 moved[COUNTER_SLOTS];    /* by how much `seen` rose while `kernel` was read; 0: exact */
  __u64 filtered[COUNTER_SLOTS]; /* part of `seen` that was not asked for */
};

/* A netns was made: its name may be looked up as long as it is there. */
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

/* A module was loaded or is about to go. */
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

/* xfrm_migrate has changed policies of a netns in place: they are to be dumped again. */
struct migrated_record {
  struct record_header header; /* RECORD_MIGRATED */
  __u32 netns;
  __u32 reserved;
};

/* The programs that on_increment goes on with. Apart, since the verifier follows every path of the one through all of
 * the other. */
enum next_program { NEXT_READ_EVIDENCE, NEXT_EMIT_EVENT, NEXT_PROGRAMS };

/* Index into map `lost`: what could not be told, counted. */
enum lost_kind {
  LOST_RING,
  LOST_ERRORS_FULL,
  LOST_TOTALS_FULL,
  LOST_NETNS_FULL,
  LOST_NO_SITE,
  LOST_STATES_FULL,   /* a state that `states` has no room for */
  LOST_POLICIES_FULL, /* a policy that `policies` has no room for */
  LOST_MIRROR,        /* a change that could not be entered for another reason */
  LOST_CHANGES,       /* a change that found the ring buffer full */
  LOST_TC_FULL,       /* something of tc that a map has no room for */
  LOST_RETURNS,       /* a hooked function whose return nobody saw */
  LOST_KINDS
};

#endif
