/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an event says of the mirror, and the search for it. Shared by BPF programs and user space. */
#ifndef XFRM_SNAP_EVIDENCE_H
#define XFRM_SNAP_EVIDENCE_H

#include "mirror.h"

enum match { MATCH_UNKNOWN, MATCH_HELD, MATCH_EXACT, MATCH_NEAREST, MATCH_NONE };

/* Fields in which a state differs from what was wanted. */
enum differs {
  DIFFERS_REQID = 1,
  DIFFERS_MODE = 2,
  DIFFERS_MARK = 4,
  DIFFERS_IF_ID = 8,
  DIFFERS_SPI = 16,
  DIFFERS_DADDR = 32,
  DIFFERS_SADDR = 64,
  DIFFERS_PROTO = 128,
  DIFFERS_DIR = 256,
  DIFFERS_SELECTOR = 512, /* the state's selector does not take the flow */
};

enum evidence_has {
  EVIDENCE_STATE = 1,
  EVIDENCE_POLICY = 2,
  EVIDENCE_DELETED = 4,
  EVIDENCE_TEMPLATE = 8, /* `template_at`: the template that failed; `secpath_at`; out: `want_*` */
};

#define NOT_IN_SECPATH 0xff

/* What the mirror knows of an error. */
struct evidence {
  __u8 match;          /* enum match */
  __u8 has;            /* enum evidence_has */
  __u16 differs;       /* enum differs */
  __u8 template_at;    /* of the policy's templates: the one that failed, which `state` is compared with;
                          `policy.templates`: in, an SA of the secpath that no template asks for */
  __u8 secpath_at;     /* in: the SA of the secpath that the template met; NOT_IN_SECPATH: none was left for it */
  __u16 want_family;   /* AF_* of `want_*`; 0: not known */
  __u8 want_saddr[16]; /* out: the addresses that an SA was looked for with; zero: the kernel chose the source by its
                          route, or it is not known */
  __u8 want_daddr[16];
  struct state_row state;
  struct state_row deleted;
  struct policy_row policy;
};

/* What `read_state` reads of one state for `show`. */
struct state_reading {
  struct state_row row;
  __u32 bitmap[128]; /* replay bitmap: one word, or `row.bitmap_words` */
};

/* The SA that is looked for. */
struct wanted {
  __u8 saddr[16]; /* zero: any */
  __u8 daddr[16];
  __u32 netns;
  __u32 mark;
  __u32 spi; /* 0: any */
  __u32 reqid;
  __u32 if_id;
  __u16 family; /* AF_* */
  __u8 proto;
  __u8 mode;
  __u32 by_route; /* 1: the kernel takes the source address of its route, which is not known */
};

/* Progress of a check of templates against a secpath. SAs are bits: 1 is the first one, which is the outermost. */
struct secpath_walk {
  __u32 present;
  __u32
      barriers;  /* SAs that the kernel does not look beyond: not in transport mode, nor accepted by an earlier check */
  __u32 tunnels; /* SAs not in transport mode */
  __u32 start;   /* SAs before this one are taken */
  __u32 fits;    /* SAs that meet the present template */
  __u32 nearest; /* number of the SA that differs least from it; NOT_IN_SECPATH: none is left */
  __u32 least;   /* in how many fields that one differs */
  __u32 reserved;
};

/* A search for the best state. It is in a map: the verifier knows nothing of its values, and need not follow each one
 * that they could have. */
struct search {
  struct wanted wanted;
  __u64 state;
  __u32 differs;
  __u32 distance;       /* four for each field that differs, two for the selector, one for a state that is not valid */
  struct state_key key; /* of the candidates */
  __u32 candidates;
  __u32 met_before;                 /* out: templates of the sub policy, whose states stand first in `met` */
  __u64 candidate[2 * INDEX_SLOTS]; /* addresses, then zeros */
  __u64 met[TEMPLATES];             /* out: the state that meets each template, of both policies; 0: none */
  struct wanted failed;             /* out: by the template that failed */
  struct secpath_walk walk;
  __u64 main_at;         /* out: address of the main policy after one of type sub; 0: not known */
  __u64 excluding;       /* 1: a state that meets one template is no candidate for another */
  __u64 first_kept;      /* 1: the row already has what its first event found */
  __u64 torn;            /* 1: a fitting tombstone was overwritten while it was read */
  __u64 path[TEMPLATES]; /* in: addresses of the secpath's states, `packet_evidence.secpath_len` of them */
};

#endif
