/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Macros that define the programs of a hook on a kernel function.
 *
 * Hooks on functions that add or remove states, or that may run in an interrupt, exist twice, and user space loads one:
 * fentry or fexit if the function has BTF and is not preempted, otherwise a kprobe or kretprobe. All other hooks are
 * kprobes only: those cost some 500 instructions more per call, but detaching one takes the kernel 8 ms instead of 100.
 * The kernel skips a kprobe program that interrupts bpf(2) on a map in a process on the same CPU, so that timers and
 * packets are best hooked by fentry.
 *
 * Programs are named after the hook: f_NAME (fentry, fexit), k_NAME (kprobe, kretprobe), and s_NAME, the kprobe that
 * stashes a parameter until k_NAME runs at the return. */
#ifndef XFRM_SNAP_HOOK_BPF_H
#define XFRM_SNAP_HOOK_BPF_H

#include "actor.bpf.h"
#include "compat.bpf.h"
#include "maps.bpf.h"

/* Kprobe only: calls the handler at the entry, with the first one, two or three parameters. */
#define PROBE_HOOK(name, handler)                                                                                      \
  SEC("kprobe") int k_##name(struct pt_regs* ctx) {                                                                    \
    handler(PT_REGS_PARM1(ctx));                                                                                       \
    return 0;                                                                                                          \
  }

#define PROBE_HOOK2(name, handler)                                                                                     \
  SEC("kprobe") int k_##name(struct pt_regs* ctx) {                                                                    \
    handler(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));                                                                   \
    return 0;                                                                                                          \
  }

#define PROBE_HOOK3(name, handler)                                                                                     \
  SEC("kprobe") int k_##name(struct pt_regs* ctx) {                                                                    \
    handler(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));                                               \
    return 0;                                                                                                          \
  }

/* Fentry and kprobe: the same. */
#define ENTRY_HOOK(name, function, handler)                                                                            \
  SEC("fentry/" #function) int f_##name(__u64* ctx) {                                                                  \
    handler(ctx[0]);                                                                                                   \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_HOOK(name, handler)

#define TYPED_ENTRY_HOOK2(name, function, typed_handler, handler)                                                      \
  SEC("fentry/" #function) int f_##name(__u64* ctx) {                                                                  \
    typed_handler(ctx[0], ctx[1]);                                                                                     \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_HOOK2(name, handler)

#define ENTRY_HOOK3(name, function, handler)                                                                           \
  SEC("fentry/" #function) int f_##name(__u64* ctx) {                                                                  \
    handler(ctx[0], ctx[1], ctx[2]);                                                                                   \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_HOOK3(name, handler)

static __always_inline void stash(__u64 hook, __u64 value) {
  struct stash_key key = {.context = context_id(), .hook = hook};
  if (!bpf_map_update_elem(&stashed, &key, &value, BPF_NOEXIST)) return;
  count_lost(LOST_RETURNS); /* the previous call never returned */
  bpf_map_update_elem(&stashed, &key, &value, BPF_ANY);
}

static __always_inline __u64 unstash(__u64 hook) {
  struct stash_key key = {.context = context_id(), .hook = hook};
  __u64 *found = bpf_map_lookup_elem(&stashed, &key), value = found ? *found : 0;
  if (found) bpf_map_delete_elem(&stashed, &key);
  return value;
}

/* Kprobe only: calls the handler at the return, with the parameter that `parameter` read at the entry. */
#define PROBE_EXIT_HOOK(name, parameter, handler)                                                                      \
  enum { hook_##name = __COUNTER__ };                                                                                  \
  SEC("kprobe") int s_##name(struct pt_regs* ctx) {                                                                    \
    stash(hook_##name, parameter(ctx));                                                                                \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name(struct pt_regs* ctx) {                                                                 \
    __u64 value = unstash(hook_##name);                                                                                \
    if (value) handler(value);                                                                                         \
    return 0;                                                                                                          \
  }

/* Fexit and kretprobe: the same; `at` is the number of the parameter, from 0. `typed_handler` may rely on the verifier
 * knowing its type. */
#define TYPED_EXIT_HOOK(name, function, at, parameter, typed_handler, handler)                                         \
  SEC("fexit/" #function) int f_##name(__u64* ctx) {                                                                   \
    typed_handler(ctx[at]);                                                                                            \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_EXIT_HOOK(name, parameter, handler)

/* Kprobe only: also passes the result of the function, an int. */
#define PROBE_RESULT_HOOK(name, parameter, handler)                                                                    \
  enum { hook_##name = __COUNTER__ };                                                                                  \
  SEC("kprobe") int s_##name(struct pt_regs* ctx) {                                                                    \
    stash(hook_##name, parameter(ctx));                                                                                \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name(struct pt_regs* ctx) {                                                                 \
    __u64 value = unstash(hook_##name);                                                                                \
    if (value) handler(value, (int)PT_REGS_RC(ctx));                                                                   \
    return 0;                                                                                                          \
  }

/* Fexit and kretprobe: the same; the function has `count` parameters. */
#define TYPED_RESULT_HOOK(name, function, at, count, parameter, typed_handler, handler)                                \
  SEC("fexit/" #function) int f_##name(__u64* ctx) {                                                                   \
    typed_handler(ctx[at], (int)ctx[count]);                                                                           \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_RESULT_HOOK(name, parameter, handler)

/* Kprobe only: until the function returns, what it removes is recorded as removed by `how`. */
#define PROBE_AROUND_HOOK(name, how, depth)                                                                            \
  SEC("kprobe") int k_##name##_begins(struct pt_regs* ctx) {                                                           \
    begin_operation(how, depth);                                                                                       \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name##_ends(struct pt_regs* ctx) {                                                          \
    end_operation(depth);                                                                                              \
    return 0;                                                                                                          \
  }

/* PROBE_RESULT_HOOK and PROBE_AROUND_HOOK on one function, with two probes to detach instead of four. `begins` is
 * called at the entry, with the parameter. */
#define PROBE_RESULT_AROUND_HOOK(name, parameter, begins, depth, handler)                                              \
  enum { hook_##name = __COUNTER__ };                                                                                  \
  SEC("kprobe") int s_##name(struct pt_regs* ctx) {                                                                    \
    __u64 value = parameter(ctx);                                                                                      \
    begins(value);                                                                                                     \
    stash(hook_##name, value);                                                                                         \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name(struct pt_regs* ctx) {                                                                 \
    __u64 value = unstash(hook_##name);                                                                                \
    end_operation(depth);                                                                                              \
    if (value) handler(value, (int)PT_REGS_RC(ctx));                                                                   \
    return 0;                                                                                                          \
  }

/* One link (CONFIG_FPROBE, since 5.18) attaches the hooks of many functions at once, instead of a kprobe each; its
 * cookie says which hook to tail-call. */
SEC("kprobe.multi") int on_hooked(struct pt_regs* ctx) {
  bpf_tail_call(ctx, &linked_hooks, (__u32)bpf_get_attach_cookie(ctx));
  return 0;
}

#endif
