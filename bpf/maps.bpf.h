/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map of the tracing programs. */
#ifndef XFRM_SNAP_MAPS_BPF_H
#define XFRM_SNAP_MAPS_BPF_H

/* A parameter of a function on its way to the function's return. */
struct stash_key {
  __u64 context; /* what runs the function */
  __u64 hook;    /* tells hooks apart that are under way in one process */
};

/* What a process does. A function may call another one that is watched: depth 1. */
struct operation_key {
  __u64 context;
  __u64 depth;
};

/* A walk of a tcx or netkit hook: which one, and how far it is. */
struct tc_walk {
  __u64 dev;
  __u32 what;
  __u32 parent;
  __u8 how;      /* enum hand_how of what has changed there */
  __u8 gone;     /* 1: with the device, there is nothing to be read any more */
  __u8 both;     /* 1: the other direction is to be walked, too */
  __u8 removing; /* 1: all that is there was met */
  __u32 at;      /* position */
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

/* Room for what does not fit on the program's stack. Kprobe programs never nest on a CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct error_record);
} scratch SEC(".maps");

/* Functions that are not inlined and not static the verifier looks at once, not once for each way that leads there.
 * Before Linux 5.12 it lets them have numbers alone: they find for themselves what they are about. */
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

/* What marks noted, by the context that they were in. What is not asked for makes room. */
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

/* Leads to states by destination, and by SPI or by SPI and destination: two rows by `index_key` of these. An array,
 * since that takes a tenth of the instructions of a hash map, and half of the memory. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8192);
  __type(key, __u32);
  __type(value, struct index_row);
} state_index SEC(".maps");

/* Tombstones, by numbers below TOMBSTONES. The oldest of eight makes room: a map that makes room by itself takes four
 * times the instructions. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TOMBSTONES);
  __type(key, __u32);
  __type(value, struct state_row);
} deleted SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, TOMBSTONES / BURIALS);
  __type(key, __u32);
  __type(value, struct tombstone_slots_row);
} tombstone_slots SEC(".maps");

/* The last tombstone of a destination is in one of two rows: an array, since that takes a tenth of the instructions of
 * a map that makes room by itself. */
#define GRAVES 16384

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, GRAVES);
  __type(key, __u32);
  __type(value, struct last_tombstone);
} last_tombstones SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, __u64);
  __type(value, struct policy_kept);
} policies SEC(".maps");

/* Parameters that a kretprobe will need. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct stash_key);
  __type(value, __u64);
} stashed SEC(".maps");

/* What processes are doing that removes states or policies. */
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

/* Keys of rows of `tc` that a function of its own is to find: one for kprobes, which never nest on a CPU, and one for
 * the tracepoint, which may come in between. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, TC_PLACES);
  __type(key, __u32);
  __type(value, struct tc_key);
} tc_arguments SEC(".maps");

/* What tcx and netkit functions under way change, by what runs them. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u64);
  __type(value, struct tc_walk);
} tc_walks SEC(".maps");

/* What `on_hooked` goes on with: programs of hooks that are set through one link, by its cookies. */
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, __u32);
} linked_hooks SEC(".maps");

/* Programs that go on with themselves, a few rows at a time, for the verifier's sake. */
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
