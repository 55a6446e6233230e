/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a row is written in place while others read it. Its version, a __u32, is odd while it is written: who reads it
 * looks at the version before and after, and has read nothing where it was odd or is another one.
 *
 * A row that is removed leaves its memory to the next one, of which a slow reader must not take the version for that of
 * the row before: a new one begins at the clock's time, in units of 64 ns, and no row is written so often that its
 * version gets ahead of the clock. It is odd from the start.
 *
 * The compiler must not move what is between; x86 keeps the order, too, and elsewhere an atomic operation whose result
 * is used is a barrier. Includes nothing: the tests compile it as well. */
#ifndef XFRM_SNAP_ROW_VERSION_H
#define XFRM_SNAP_ROW_VERSION_H

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

/* The row was just made, as one that is being written: the next is end_write. */
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

/* True if what was read since is whole. */
static __always_inline bool end_read(const __u32* version, __u32 before) {
  order_reads(version);
  return !(before & 1) && version_of(version) == before;
}

#endif
