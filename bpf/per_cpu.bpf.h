/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses of per-CPU variables. */
#ifndef XFRM_SNAP_PER_CPU_BPF_H
#define XFRM_SNAP_PER_CPU_BPF_H

#include "kernel.bpf.h"

/* Address of the array __per_cpu_offset; 0: a kernel for one CPU. */
const volatile __u64 per_cpu_offsets;

static __always_inline __u64 per_cpu(__u64 variable, __u32 cpu) {
  __u64 offset = 0;
  if (per_cpu_offsets) bpf_probe_read_kernel(&offset, sizeof(offset), (const void*)(per_cpu_offsets + 8ull * cpu));
  return variable + offset;
}

/* The offset of this CPU's copy of per-CPU variables; 0: not read yet. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} own_offset SEC(".maps");

static __always_inline __u64 on_this_cpu(__u64 variable) {
  __u32 zero = 0;
  __u64* offset = bpf_map_lookup_elem(&own_offset, &zero);
  if (!offset) return 0;
  if (!*offset) *offset = per_cpu(0, bpf_get_smp_processor_id());
  return variable + *offset;
}

#endif
