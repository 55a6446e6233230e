/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Comparisons without a branch, and loop pragmas, for the verifier's sake. User space compiles them too, without
 * bpf_helpers.h and not always by clang. */
#ifndef XFRM_SNAP_BRANCHLESS_H
#define XFRM_SNAP_BRANCHLESS_H

#include "types.h"

#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#define NOT_UNROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLLED
#define NOT_UNROLLED
#endif

/* 1 if they differ. There is no branch: one per candidate would multiply the paths that the verifier follows. */
static __always_inline __u32 unequal(__u64 a, __u64 b) {
  __u64 bits = a ^ b, minus;
  barrier_var(bits);
  minus = -bits;
  barrier_var(minus);
  return (bits | minus) >> 63;
}

static __always_inline __u32 is_set(__u64 a) {
  return unequal(a, 0);
}

static __always_inline __u32 count_bits(__u32 bits) {
  bits = (bits & 0x5555) + (bits >> 1 & 0x5555);
  bits = (bits & 0x3333) + (bits >> 2 & 0x3333);
  bits = (bits & 0x0f0f) + (bits >> 4 & 0x0f0f);
  return (bits & 0xff) + (bits >> 8);
}

#endif
