/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who changed something, when and how. Shared by BPF programs and user space. */
#ifndef XFRM_SNAP_ACTOR_H
#define XFRM_SNAP_ACTOR_H

#include "types.h"

#define NAME_SIZE 16 /* interface and process names, with their NUL */

enum actor_how {
  HOW_UNKNOWN,
  HOW_DUMPED,     /* existed before the mirror */
  HOW_NETLINK,    /* requested by a process */
  HOW_ACQUIRE,    /* larval: the kernel made it and asked a key manager for an SA */
  HOW_FLUSH,      /* removed with all others, or with its device */
  HOW_TIMER,      /* the kernel's lifetime timer */
  HOW_REPLACED,   /* by a newer one */
  HOW_NETNS_EXIT, /* its netns was removed */
  HOW_QDISC,      /* with its qdisc */
  HOW_DEVICE,     /* with its device */
};

/* Who did something, when and how. */
struct actor {
  __u64 ns;        /* 0: never, or not known */
  __u32 pid;       /* of the process (tgid); 0: none did it */
  __u8 how;        /* enum actor_how */
  __u8 in_process; /* 1: `pid` and `comm` hold */
  __u8 reserved[2];
  char comm[NAME_SIZE];
};

#endif
