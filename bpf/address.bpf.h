/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies and compares addresses of 16 bytes, aligned to four; an IPv4 address is the first four bytes, the rest 0. */
#ifndef XFRM_SNAP_ADDRESS_BPF_H
#define XFRM_SNAP_ADDRESS_BPF_H

#include "branchless.h"
#include "kernel.bpf.h"

#define AF_INET 2
#define AF_INET6 10

/* The kernel uses the first four bytes of an IPv4 address, and leaves anything in the others: they become 0. */
static __always_inline void fill_address(__u8* into, const xfrm_address_t* from, __u16 family) {
  bpf_probe_read_kernel(into, 16, from);
  if (family == AF_INET) __builtin_memset(into + 4, 0, 12);
}

static __always_inline void copy_address(void* to, const void* from) {
  const __u32* word = from;
  __u32* into = to;
  into[0] = word[0];
  into[1] = word[1];
  into[2] = word[2];
  into[3] = word[3];
}

static __always_inline __u32 addresses_differ(const void* left, const void* right) {
  const __u32 *a = left, *b = right;
  return is_set((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

static __always_inline __u32 address_set(const void* address) {
  const __u32* a = address;
  return is_set(a[0] | a[1] | a[2] | a[3]);
}

static __always_inline __u16 address_family(__u8 version) {
  return version == 4 ? AF_INET : version == 6 ? AF_INET6 : 0;
}

#endif
