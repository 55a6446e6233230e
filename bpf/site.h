/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The places that are probed, and where each keeps what an event needs. Shared by BPF programs and user space. */
#ifndef XFRM_SNAP_SITE_H
#define XFRM_SNAP_SITE_H

#include "types.h"

#define SITE_MAX 512 /* increments that can be probed */
#define ROLES 11     /* operands of a site: those of xs::Role in its order, and three more */

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
  __u8 check;   /* 1: valid only if it leads to the netns whose counter rises */
  __u16 reg_at; /* OPERAND_REG: byte offset in pt_regs */
  __s32 offset; /* OPERAND_SLOT, OPERAND_FRAME (the object itself is there): bytes from the stack pointer;
                   OPERAND_CONSTANT: the number */
  __s32 addend; /* added to what was found */
  __u32 frame;  /* not 0: a value in [stack pointer, stack pointer + frame), or a small number, is not the object */
};

#define MARK_MAX 64
#define CALLERS 3 /* callers of a function that has lost the flow, at most */

/* Where a caller keeps the flow and its route. */
#define NOWHERE (-1)
#define IN_REGISTER 1 /* a flag: slots are at multiples of eight */
struct caller_flow {
  __u64 back; /* the return address if this caller called; 0: no such caller */
  __s32 flow; /* bytes from the stack pointer; or IN_REGISTER and its offset in pt_regs */
  __s32 dst;  /* likewise, or NOWHERE */
};

enum mark_kind { MARK_NONE, MARK_FLOW, MARK_ERROR };

/* Map `marks`, keyed by address: an instruction that runs only before an increment whose site no longer has what is
 * known here. */
struct mark {
  struct operand value; /* MARK_FLOW: address of the flow; MARK_ERROR: a negative error number of 32 bits */
  struct caller_flow caller[CALLERS];
  __s32 return_at; /* where the return address is, bytes from the stack pointer */
  __u16 kind;      /* enum mark_kind */
  __u16 counter;   /* enum xfrm_counter: the one raised next */
};

/* Map `noted`, keyed by context: what the last mark noted, for the increment that follows. */
struct note {
  __u32 kind;    /* enum mark_kind */
  __u32 counter; /* enum xfrm_counter */
  __u64 value;   /* MARK_FLOW: address of the flow; MARK_ERROR: the error number, positive */
};

/* Map `sites`, keyed by the address of the increment. */
struct site {
  __u16 id;          /* index in the list of user space */
  __u8 counter;      /* enum xfrm_counter */
  __u8 has_amount;   /* 1: the counter grows by a register, not by one */
  __u16 base_at;     /* pt_regs offset of the register with the counters' base */
  __u16 amount_at;   /* pt_regs offset of that register */
  __s32 base_offset; /* register minus this is net->mib.xfrm_statistics */
  __u8 output;       /* 1: raised on the way out */
  __u8 noted;        /* enum mark_kind: what the site may have lost, and a mark has noted */
  __u8 in_loop;      /* 1: in xfrm_input, which undoes several transforms in one pass */
  __u8 reserved0;
  struct operand operand[ROLES];
  struct caller_flow caller[CALLERS];
  __s32 return_at;
  __u32 reserved;
};

#endif
