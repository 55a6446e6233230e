/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes rows in place while others read them. The version of a row, a __u32, is odd while the row is written. A reader
 * compares the version before and after, and discards what it read if the version was odd or has changed.
 *
 * The memory of a removed row is reused, and a slow reader must not mistake the new row for the old one: the version of
 * a new row starts at the clock, in units of 64 ns, and no row is written so often that its version gets ahead of the
 * clock. It is odd from the start.
 *
 * The barriers keep the compiler from moving accesses across; x86 keeps their order itself, and elsewhere an atomic
 * operation whose result is used is a full barrier. The tests compile this file, too. */
#ifndef XFRM_SNAP_ROW_VERSION_H
#define XFRM_SNAP_ROW_VERSION_H

#include "types.h"

#ifdef __TARGET_ARCH_x86
#define count_version(row) __sync_fetch_and_add(&(row)->version, 1)
#define order_reads(version) barrier()
#else
#define count_version(row) ((void)(*(volatile __u32*)&(__u32){__sync_fetch_and_add(&(row)->version, 1)}))
#define order_reads(version) ((void)(*(volatile __u32*)&(__u32){__sync_fetch_and_add((__u32*)(version), 0)}))
#endif

#define begin_write(row)                                                                                               \
  do {                                                                                                                 \
    count_version(row);                                                                                                \
    barrier();                                                                                                         \
  } while (0)

#define end_write(row)                                                                                                 \
  do {                                                                                                                 \
    barrier();                                                                                                         \
    count_version(row);                                                                                                \
  } while (0)

/* Starts a new row, open for writing: end_write follows. */
#define begin_life(row, now_ns)                                                                                        \
  do {                                                                                                                 \
    *(volatile __u32*)&(row)->version = (__u32)((now_ns) >> 6) | 1;                                                    \
    barrier();                                                                                                         \
  } while (0)

static __always_inline __u32 version_of(const __u32* version) {
  return *(const volatile __u32*)version;
}

static __always_inline __u32 begin_read(const __u32* version) {
  const __u32 before = version_of(version);
  order_reads(version);
  return before;
}

/* True if what was read since begin_read is consistent. */
static __always_inline bool end_read(const __u32* version, __u32 before) {
  order_reads(version);
  return !(before & 1) && version_of(version) == before;
}

#endif
