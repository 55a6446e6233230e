/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the tracing programs. */
#ifndef XFRM_SNAP_MAPS_BPF_H
#define XFRM_SNAP_MAPS_BPF_H

#include "kernel.bpf.h"
#include "records.h"
#include "site.h"

/* A parameter, kept from a function's entry until its return. */
struct stash_key {
  __u64 context; /* what runs the function */
  __u64 hook;    /* a process may be in several hooked functions */
};

/* An operation in flight. One hooked function may call another: depth 1. */
struct operation_key {
  __u64 context;
  __u64 depth;
};

/* A scan of a tcx or netkit hook: of which one, and how far it is. */
struct tc_scan {
  __u64 dev;
  __u32 what;
  __u32 parent;
  __u8 how;     /* enum actor_how: why the hook is scanned */
  __u8 gone;    /* 1: the device is gone, and nothing is left to read */
  __u8 both;    /* 1: the other direction is scanned next */
  __u8 reaping; /* 1: all present programs were entered */
  __u32 at;     /* position */
};

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

/* The current event: it does not fit on a program's stack. Kprobe programs never nest on a CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct error_record);
} scratch SEC(".maps");

/* For global functions (__noinline, not static), which the verifier checks once, not once per path that calls them.
 * Before Linux 5.12 their parameters can only be numbers, so that they look their event up here. */
static __always_inline struct error_record* current_event(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&scratch, &zero);
}

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, NEXT_PROGRAMS);
  __type(key, __u32);
  __type(value, __u32);
} next SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MARK_MAX);
  __type(key, __u64);
  __type(value, struct mark);
} marks SEC(".maps");

/* What marks noted, by context. Notes that nothing fetches are evicted. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64);
  __type(value, struct note);
} noted SEC(".maps");

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

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct state_kept);
} states SEC(".maps");

/* Index of states by destination, and by SPI or by both: `index_key` of a key names two rows. An array takes a tenth of
 * the instructions of a hash map, and half the memory. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8192);
  __type(key, __u32);
  __type(value, struct index_row);
} state_index SEC(".maps");

/* Tombstones, by numbers below TOMBSTONES. A new one replaces the oldest of eight: an LRU map would take four times the
 * instructions. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TOMBSTONES);
  __type(key, __u32);
  __type(value, struct state_row);
} deleted SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, TOMBSTONES / SLOT_TOMBSTONES);
  __type(key, __u32);
  __type(value, struct tombstone_slots_row);
} tombstone_slots SEC(".maps");

/* The last tombstone of a destination is in one of two rows. An array takes a tenth of the instructions of an LRU map.
 */
#define LAST_TOMBSTONES 16384

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, LAST_TOMBSTONES);
  __type(key, __u32);
  __type(value, struct last_tombstone);
} last_tombstones SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __u64);
  __type(value, struct policy_kept);
} policies SEC(".maps");

/* Parameters kept for kretprobes. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct stash_key);
  __type(value, __u64);
} stashed SEC(".maps");

/* Operations in flight that remove states or policies: enum actor_how. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct operation_key);
  __type(value, __u64);
} operations SEC(".maps");

/* Qdiscs, filters and programs of tc. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, struct tc_key);
  __type(value, struct tc_row);
} tc SEC(".maps");

/* The first filter of each struct tcf_proto. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct tc_key);
} tc_owners SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, struct tc_point_key);
  __type(value, struct tc_point);
} tc_points SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, struct tc_mprog_key);
  __type(value, struct tc_mprog);
} tc_mprogs SEC(".maps");

/* Arguments of global functions: keys of rows of `tc`. One slot is for kprobes, which never nest on a CPU, and one for
 * the tracepoint, which may interrupt them. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, TC_ARGUMENT_SLOTS);
  __type(key, __u32);
  __type(value, struct tc_key);
} tc_arguments SEC(".maps");

/* What tcx and netkit functions in flight change, by context. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64);
  __type(value, struct tc_scan);
} tc_scans SEC(".maps");

/* Programs of hooks that are attached through one link, by its cookies: `on_hooked` tail-calls them. */
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, __u32);
} linked_hooks SEC(".maps");

/* Programs that tail-call themselves, after a few rows each time, to stay within the verifier's limits. */
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, NEXT_TC_PROGRAMS);
  __type(key, __u32);
  __type(value, __u32);
} next_tc SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct tc_reading);
} tc_read SEC(".maps");

/* What `read_state` read. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct state_reading);
} reading SEC(".maps");

/* What `read_policy` read. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct policy_row);
} policy_read SEC(".maps");

static __always_inline void count_lost(__u32 kind) {
  __u64* n = bpf_map_lookup_elem(&lost, &kind);
  if (n) __sync_fetch_and_add(n, 1);
}

#endif
