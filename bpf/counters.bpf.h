/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the kernel's own counters together with what was seen of them, to prove that nothing was missed. */
#ifndef XFRM_SNAP_COUNTERS_BPF_H
#define XFRM_SNAP_COUNTERS_BPF_H

#include "compat.bpf.h"
#include "filter.bpf.h"
#include "maps.bpf.h"

#define PROCESSORS_MAX 8192 /* CONFIG_NR_CPUS */

/* Possible CPUs (/sys/devices/system/cpu/possible). */
const volatile __u32 possible_cpus = 1;
/* Counters that this kernel has, including the unused first one. */
const volatile __u32 counters = 1;

/* `counter` with or without AFTER_LIMIT or FILTERED. */
static __always_inline __u64 total_of(const struct netns_row* ns, __u32 counter) {
  struct total_key key = {.netns = ns->inum, .counter = counter, .born_ns = ns->born_ns};
  struct total_row* row = bpf_map_lookup_elem(&totals, &key);
  return row ? row->count : 0;
}

static __always_inline __u64 filtered_of(const struct netns_row* ns, __u32 counter) {
  return filter.fields ? total_of(ns, counter | FILTERED) : 0;
}

static __always_inline __u64 seen_of(const struct netns_row* ns, __u32 counter) {
  return total_of(ns, counter) + total_of(ns, counter | AFTER_LIMIT) + filtered_of(ns, counter);
}

/* Adds one CPU's part of all counters. True at the end. Its memory is read at once: where the verifier follows each
 * iteration, one per counter and CPU would be too many on hundreds of CPUs. */
static __always_inline bool add_processor(struct counters_row* row, __u64 mib, __u32* cpu) {
  __u64* part = row->seen_delta; /* not filled yet: used as scratch space */
  __u32 here = counters;
  if (*cpu >= possible_cpus || here > COUNTER_SLOTS) return true;
  bpf_probe_read_kernel(part, sizeof(*part) * here, (const void*)per_cpu(mib, *cpu));
  _Pragma("unroll") for (__u32 counter = 1; counter < COUNTER_SLOTS; counter++) {
    if (counter < here) row->kernel[counter] += part[counter];
  }
  *cpu = next_number(*cpu + 1);
  return false;
}

/* What was seen of the next counter. True at the end. */
static __always_inline bool see_next(__u64* seen, const struct netns_row* ns, __u8* next) {
  __u8 counter = *next;
  if (counter >= COUNTER_SLOTS) return true;
  seen[counter] = counter > 0 && counter < counters ? seen_of(ns, counter) : 0;
  *next = next_turn(counter + 1);
  return false;
}

/* By how much `seen` rose meanwhile. True at the end. */
static __always_inline bool see_again(struct counters_row* row, const struct netns_row* ns, __u8* next) {
  __u8 counter = *next;
  bool real = counter > 0 && counter < counters;
  if (counter >= COUNTER_SLOTS) return true;
  row->seen_delta[counter] = real ? seen_of(ns, counter) - row->seen[counter] : 0;
  row->filtered[counter] = real ? filtered_of(ns, counter) : 0;
  *next = next_turn(counter + 1);
  return false;
}

/* Reads in the order seen, kernel, seen: if the two reads of `seen` agree, no event came in between. */
static __always_inline void sample(struct counters_row* row, __u64 mib, const struct netns_row* ns) {
  __u8 counter = 0, again = 0;
  __u32 cpu = 0;
  __builtin_memset(row->kernel, 0, sizeof(row->kernel));
  REPEAT(COUNTER_SLOTS + 1, see_next(row->seen, ns, &counter));
  REPEAT(PROCESSORS_MAX, add_processor(row, mib, &cpu));
  REPEAT(COUNTER_SLOTS + 1, see_again(row, ns, &again));
}

#endif
