/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of the mirror of states and policies, shared by BPF programs and user space. Addresses, SPIs and ports are in
 * network order, everything else in the machine's; times are ns of CLOCK_MONOTONIC, and those whose names end in _s are
 * seconds, since the epoch where they are a moment. No row has room for a key.
 */
#ifndef XFRM_SNAP_MIRROR_H
#define XFRM_SNAP_MIRROR_H

#include "actor.h"

#define ALGORITHM_NAME 32 /* the kernel's longest name has 29 characters */
#define TEMPLATES XFRM_DEPTH
#define TEMPLATES_KEPT                                                                                                 \
  2                     /* of a policy, in map `policies`; the others are read from the kernel when they are needed    \
                         */
#define INDEX_SLOTS 8   /* slots in a row of the index, and the most states that a key leads to */
#define INDEX_FEW 2     /* states that a key leads to if its rows are half full */
#define TOMBSTONES 4096 /* in map `deleted` */

/* Layout of struct xfrm_selector (linux/xfrm.h). */
struct flow_selector {
  __u8 daddr[16]; /* IPv4: the first four bytes */
  __u8 saddr[16];
  __u16 dport;
  __u16 dport_mask;
  __u16 sport;
  __u16 sport_mask;
  __u16 family; /* AF_*; AF_UNSPEC: any */
  __u8 prefixlen_d;
  __u8 prefixlen_s;
  __u8 proto;
  __u8 reserved[3];
  __s32 ifindex;
  __u32 user;
};

/* Layout of struct xfrm_lifetime_cfg. Bytes and packets: ~0 is no limit; seconds: 0 is none. */
struct life_limits {
  __u64 soft_bytes;
  __u64 hard_bytes;
  __u64 soft_packets;
  __u64 hard_packets;
  __u64 soft_add_s;
  __u64 hard_add_s;
  __u64 soft_use_s;
  __u64 hard_use_s;
};

/* Layout of struct xfrm_lifetime_cur. */
struct life_used {
  __u64 bytes;
  __u64 packets;
  __u64 added_s;
  __u64 used_s; /* first use; 0: never */
};

enum algorithm_kind { ALGORITHM_NONE, ALGORITHM_AEAD, ALGORITHM_ENC, ALGORITHM_COMP, ALGORITHM_AUTH };

struct algorithm {
  char name[ALGORITHM_NAME];
  __u32 key_bits;
  __u16 icv_bits; /* AEAD: of its tag; auth: truncated to */
  __u16 kind;     /* enum algorithm_kind */
};

/* What changes per packet. */
struct state_live {
  __u64 read_ns; /* when it was read; 0: the state was gone */
  struct life_used used;
  __u64 last_used_s; /* 0: never, or not known to this kernel */
  __u32 seq;
  __u32 seq_hi;
  __u32 oseq;
  __u32 oseq_hi;
  __u32 late;             /* stats.replay_window: packets left of the window */
  __u32 replayed;         /* stats.replay: packets seen before */
  __u32 integrity_failed; /* stats.integrity_failed */
  __u8 km_state;          /* XFRM_STATE_VOID .. DEAD */
  __u8 dying;             /* 1: its soft limit is reached */
  __u8 reserved[2];
};

enum state_direction { STATE_DIR_NONE, STATE_DIR_IN, STATE_DIR_OUT };

enum state_has {
  STATE_HAS_ESN = 1,      /* `live.*_hi` hold; window and bitmap are those of struct xfrm_replay_state_esn */
  STATE_HAS_ENCAP = 2,    /* UDP or TCP encapsulation */
  STATE_HAS_COADDR = 4,   /* care-of address (route optimization) */
  STATE_HAS_OFFLOAD = 8,  /* to a device */
  STATE_HAS_PCPU = 16,    /* bound to a CPU */
  STATE_HAS_SECURITY = 32 /* a security context, which is not mirrored */
};

/* The fields that map `states` keeps of a state. A row stays below 512 bytes with its overhead, which is what the
 * kernel allocates for it. They are flat in both structs below, so that `bpftool map dump` prints them so. */
#define STATE_KEPT                                                                                                     \
  __u32 version; /* odd: it is being written, see row_version.h */                                                     \
  __u32 netns;   /* inode number */                                                                                    \
  __u64 born_ns; /* as in `netns_row` */                                                                               \
  __u8 saddr[16];                                                                                                      \
  __u8 daddr[16];                                                                                                      \
  __u32 spi; /* IPComp: the CPI; 0: larval */                                                                          \
  __u32 reqid;                                                                                                         \
  __u32 mark;                                                                                                          \
  __u32 mark_mask;                                                                                                     \
  __u32 if_id;                                                                                                         \
  __u16 family; /* AF_* of the addresses */                                                                            \
  __u8 proto;                                                                                                          \
  __u8 mode;          /* XFRM_MODE_* */                                                                                \
  __u8 direction;     /* enum state_direction */                                                                       \
  __u8 flags;         /* XFRM_STATE_* of linux/xfrm.h */                                                               \
  __u16 has;          /* enum state_has */                                                                             \
  __u32 extra_flags;  /* XFRM_SA_XFLAG_* */                                                                            \
  __u32 window;       /* replay window, packets */                                                                     \
  __u32 small_window; /* props.replay_window, which need not agree with the ESN window */                              \
  __u32 bitmap_words; /* STATE_HAS_ESN: of 32 bits */                                                                  \
  __u32 set_mark;     /* "output-mark" */                                                                              \
  __u32 set_mark_mask;                                                                                                 \
  __u32 tfcpad;                                                                                                        \
  __u32 pcpu;                                                                                                          \
  __u32 nat_keepalive; /* seconds; 0: none */                                                                          \
  __u16 encap_type;    /* UDP_ENCAP_* */                                                                               \
  __u16 encap_sport;                                                                                                   \
  __u16 encap_dport;                                                                                                   \
  __u8 offload_dir;  /* XFRM_DEV_OFFLOAD_*: 1 in, 2 out */                                                             \
  __u8 offload_type; /* 1 crypto, 2 packet; 0: not known to this kernel */                                             \
  __s32 offload_ifindex;                                                                                               \
  __u32 acquire_seq; /* km.seq: number of the acquire that it answers; 0: none */                                      \
  __u32 max_age;     /* STATE_HAS_ENCAP: mapping maximum age, seconds */                                               \
  __u8 encap_oa[16];                                                                                                   \
  __u8 coaddr[16];                                                                                                     \
  struct flow_selector sel;                                                                                            \
  struct life_limits limits;                                                                                           \
  struct algorithm algorithm[2]; /* AEAD, or encryption, or compression; authentication */                             \
  struct actor added;                                                                                                  \
  struct actor changed; /* the last change; ns 0: none */                                                              \
  __u32 integrity_seen; /* stats.integrity_failed at the last failure of the check, or change */                       \
  __u32 reserved;                                                                                                      \
  __u64 address; /* of the kernel's object: in `states` the row's key */

/* Map `states`, keyed by the kernel's address of the state. */
struct state_kept {
  STATE_KEPT
};

/* All of a state, in an event; or a tombstone of map `deleted`. */
struct state_row {
  STATE_KEPT
  struct state_live live;
  struct actor removed;
};

/* Key of a state: spi and daddr; spi alone (family 0); daddr alone (spi 0). */
struct state_key {
  __u32 netns;
  __u32 spi;
  __u8 daddr[16];
  __u16 family;
  __u8 proto;
  __u8 reserved;
};

/* Row of map `state_index`: addresses of states, in which a tag of the key replaces the bits that all addresses share;
 * 0: free. */
struct index_row {
  __u64 state[INDEX_SLOTS];
};

/* Row of map `tombstone_slots`: times of removal, whose last bits are a tag of the state; 0: free. The tombstone of
 * slot i of row n is in map `deleted` under n * SLOT_TOMBSTONES + i. */
#define SLOT_TOMBSTONES 8
struct tombstone_slots_row {
  __u64 removed[SLOT_TOMBSTONES];
};

/* Row of map `last_tombstones`: the last tombstone of a destination and reqid. */
struct last_tombstone {
  struct state_key key; /* its `spi` is the reqid; netns 0: the row is free */
  __u64 removed_ns;
  __u32 slot; /* the tombstone's key in map `deleted`, as long as its time is the same */
  __u32 reserved;
};

struct template_row {
  __u8 daddr[16];
  __u8 saddr[16];
  __u32 spi;
  __u32 reqid;
  __u32 aalgos; /* bit masks of allowed algorithms, as in struct xfrm_tmpl */
  __u32 ealgos;
  __u32 calgos;
  __u16 family;
  __u8 proto;
  __u8 mode;
  __u8 share;
  __u8 optional;
  __u8 allalgs;
  __u8 reserved[5];
};

/* The fields that map `policies` keeps of a policy, with `count` of its templates; flat, see STATE_KEPT. */
#define POLICY_KEPT(count)                                                                                             \
  __u32 version; /* odd: it is just being written */                                                                   \
  __u32 netns;                                                                                                         \
  __u64 born_ns;                                                                                                       \
  __u32 index;                                                                                                         \
  __u32 priority;                                                                                                      \
  __u32 mark;                                                                                                          \
  __u32 mark_mask;                                                                                                     \
  __u32 if_id;                                                                                                         \
  __u16 family;                                                                                                        \
  __u8 direction;    /* XFRM_POLICY_IN, OUT, FWD; +3: of a socket */                                                   \
  __u8 type;         /* XFRM_POLICY_TYPE_MAIN, SUB */                                                                  \
  __u8 action;       /* XFRM_POLICY_ALLOW, BLOCK */                                                                    \
  __u8 flags;        /* XFRM_POLICY_LOCALOK, ICMP, CPU_ACQUIRE */                                                      \
  __u8 has_security; /* a security context, which is not mirrored */                                                   \
  __u8 templates;                                                                                                      \
  __s32 offload_ifindex; /* 0: none */                                                                                 \
  __u8 offload_dir;                                                                                                    \
  __u8 offload_type;                                                                                                   \
  __u16 reserved;                                                                                                      \
  __u32 generation; /* rises when xfrm_migrate changes the templates in place */                                       \
  struct flow_selector sel;                                                                                            \
  struct life_limits limits;                                                                                           \
  struct life_used used; /* in a map as of the last change, in an event of the error */                                \
  struct actor added;                                                                                                  \
  struct actor changed;                                                                                                \
  struct template_row tmpl[count];

/* Map `policies`, keyed by the kernel's address of the policy. */
struct policy_kept {
  POLICY_KEPT(TEMPLATES_KEPT)
};

/* All of a policy, in an event. */
struct policy_row {
  POLICY_KEPT(TEMPLATES)
  struct actor removed;
};

#endif
