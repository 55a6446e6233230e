/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the tracing programs. */
#ifndef XFRM_SNAP_MAPS_BPF_H
#define XFRM_SNAP_MAPS_BPF_H

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, SITE_MAX);
  __type(key, __u64);
  __type(value, struct site);
} sites SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, struct error_key);
  __type(value, struct error_row);
} errors SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, struct total_key);
  __type(value, struct total_row);
} totals SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct netns_row);
} netns SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, LOST_KINDS);
  __type(key, __u32);
  __type(value, __u64);
} lost SEC(".maps");

/* Room for what does not fit on the program's stack. Kprobe programs never nest on a CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct error_record);
} scratch SEC(".maps");

/* Events of a lookup that is not over yet, keyed by the context that it runs in. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, __u64);
  __type(value, struct error_record);
} unfinished SEC(".maps");

/* What `sample_counters` read. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct counters_row);
} sampled SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} events SEC(".maps");

static __always_inline void count_lost(__u32 kind) {
  __u64* n = bpf_map_lookup_elem(&lost, &kind);
  if (n) __sync_fetch_and_add(n, 1);
}

#endif
