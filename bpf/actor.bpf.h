/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records who changes something, and how. */
#ifndef XFRM_SNAP_ACTOR_BPF_H
#define XFRM_SNAP_ACTOR_BPF_H

#include "compat.bpf.h"
#include "maps.bpf.h"

/* The reference count that keeps a netns alive: net.count before 5.11, net.ns.count before 6.18. */
struct net___before_5_11 {
  refcount_t count;
} __attribute__((preserve_access_index));

struct ns_common___since_6_18 {
  refcount_t __ns_ref;
} __attribute__((preserve_access_index));

static __always_inline bool netns_dying(struct net* net, bool typed) {
  struct net___before_5_11* old = (void*)net;
  struct ns_common___since_6_18* ns = (void*)__builtin_preserve_access_index(&net->ns);
  struct ns_common* before = __builtin_preserve_access_index(&net->ns);
  if (bpf_core_field_exists(old->count)) return GET(old, count.refs.counter) == 0;
  if (bpf_core_field_exists(ns->__ns_ref)) return GET(ns, __ns_ref.refs.counter) == 0;
  if (bpf_core_field_exists(before->count)) return GET(before, count.refs.counter) == 0;
  return false;
}

/* Rows of `operations`. */
__u64 operations_held;

static __always_inline void begin_operation(__u64 how, __u64 depth) {
  struct operation_key key = {.context = context_id(), .depth = depth};
  if (!bpf_map_update_elem(&operations, &key, &how, BPF_NOEXIST)) {
    __sync_fetch_and_add(&operations_held, 1);
    return;
  }
  count_lost(LOST_RETURNS); /* the previous call never returned */
  bpf_map_update_elem(&operations, &key, &how, BPF_ANY);
}

/* The object that the hooked function is given replaces another one. */
static __always_inline void replaces(__u64 object) {
  begin_operation(HOW_REPLACED, 0);
}

static __always_inline void end_operation(__u64 depth) {
  struct operation_key key = {.context = context_id(), .depth = depth};
  if (!bpf_map_delete_elem(&operations, &key)) __sync_fetch_and_add(&operations_held, -1);
}

/* How something is being removed. `process`: in_process(). */
static __always_inline __u8 removal_in(struct net* net, bool process, bool typed) {
  struct operation_key key = {.context = context_of(process)};
  __u64* how;
  if (!process) return HOW_TIMER;
  if (netns_dying(net, typed)) return HOW_NETNS_EXIT;
  if (!operations_held) return HOW_NETLINK;
  how = bpf_map_lookup_elem(&operations, &key);
  key.depth = 1;
  if (!how) how = bpf_map_lookup_elem(&operations, &key);
  return how ? *how : HOW_NETLINK;
}

static __always_inline __u8 removal(struct net* net) {
  return removal_in(net, in_process(), false);
}

/* The name of the current process: plain loads where the verifier knows the type of the task (since 5.11). */
static __always_inline void copy_comm(char* to) {
  if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
    struct task_struct* task = bpf_get_current_task_btf();
    const __u32* comm = (const __u32*)__builtin_preserve_access_index(&task->comm);
    __u32* into = (__u32*)to;
    into[0] = comm[0];
    into[1] = comm[1];
    into[2] = comm[2];
    into[3] = comm[3];
  } else {
    bpf_get_current_comm(to, NAME_SIZE);
  }
}

static __always_inline void record_actor_as(struct actor* h, __u8 how, bool process) {
  h->ns = bpf_ktime_get_ns();
  h->how = how;
  h->in_process = process;
  h->pid = process ? bpf_get_current_pid_tgid() >> 32 : 0;
  if (process)
    copy_comm(h->comm);
  else
    __builtin_memset(h->comm, 0, sizeof(h->comm));
}

static __always_inline void record_actor(struct actor* h, __u8 how) {
  record_actor_as(h, how, in_process());
}

static __always_inline void clear_actor(struct actor* h, __u8 how) {
  __builtin_memset(h, 0, sizeof(*h));
  h->how = how;
}

#endif
