/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the kernel's own counters beside what was seen of them: the proof that nothing was missed. */
#ifndef XFRM_SNAP_COUNTERS_BPF_H
#define XFRM_SNAP_COUNTERS_BPF_H

#define PROCESSORS_MAX 8192 /* CONFIG_NR_CPUS */

/* Processors that can ever be there. */
const volatile __u32 possible_cpus = 1;
/* Counters that this kernel has, the unused first one included. */
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

struct counter_sum {
  __u64 variable, sum;
  __u32 cpu;
};

/* True at the end. */
static __always_inline bool add_processor(struct counter_sum* s) {
  __u64 part = 0;
  if (s->cpu >= possible_cpus) return true;
  bpf_probe_read_kernel(&part, sizeof(part), (const void*)per_cpu(s->variable, s->cpu));
  s->sum += part;
  s->cpu++;
  return false;
}

static __always_inline __u64 kernel_counter(__u64 mib, __u32 counter) {
  struct counter_sum s = {.variable = mib + 8ull * counter};
  REPEAT(PROCESSORS_MAX, add_processor(&s));
  return s.sum;
}

/* True at the end. */
static __always_inline bool sample_next(struct counters_row* row, __u64 mib, const struct netns_row* ns, __u8* next) {
  __u8 counter = *next;
  bool real = counter > 0 && counter < counters;
  __u64 before;
  if (counter >= COUNTER_SLOTS) return true;
  before = real ? seen_of(ns, counter) : 0;
  row->kernel[counter] = real ? kernel_counter(mib, counter) : 0;
  row->seen[counter] = before;
  row->moved[counter] = real ? seen_of(ns, counter) - before : 0;
  row->filtered[counter] = real ? filtered_of(ns, counter) : 0;
  *next = next_turn(counter + 1);
  return false;
}

/* Reads in the order seen, kernel, seen: where the two reads of `seen` agree, no event came between. */
static __always_inline void sample(struct counters_row* row, __u64 mib, const struct netns_row* ns) {
  __u8 counter = 0;
  REPEAT(COUNTER_SLOTS + 1, sample_next(row, mib, ns, &counter));
}

#endif
