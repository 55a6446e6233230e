/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hooks on functions of the kernel. Those where states are made and removed, and those that may interrupt a process,
 * come in two shapes, of which user space loads one: through fentry or fexit where the function has BTF and is not
 * preempted, through a kprobe or kretprobe elsewhere. The others have the latter alone: it costs some 500 instructions
 * more a call, but when it goes the kernel waits for 8 ms instead of 100. The kernel passes over a kprobe's program
 * where it interrupts a process' bpf(2) on a map: so what a timer or a packet brings about is no business of kprobes.
 * Programs are named after the hook: f_NAME, k_NAME, and s_NAME, which keeps a parameter for k_NAME until the function
 * returns.
 */
#ifndef XFRM_SNAP_HOOK_BPF_H
#define XFRM_SNAP_HOOK_BPF_H

/* At the function's entry, with its first one, two or three parameters: through a kprobe alone. */
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

/* In both shapes, with the first one, two or three. */
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
  count_lost(LOST_RETURNS); /* of the call before */
  bpf_map_update_elem(&stashed, &key, &value, BPF_ANY);
}

static __always_inline __u64 unstash(__u64 hook) {
  struct stash_key key = {.context = context_id(), .hook = hook};
  __u64 *found = bpf_map_lookup_elem(&stashed, &key), value = found ? *found : 0;
  if (found) bpf_map_delete_elem(&stashed, &key);
  return value;
}

/* At the function's return, with the parameter that `parameter` takes from the registers at its entry. */
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

/* In both shapes; `at` is the parameter's number, from 0. The handler of a typed one may make use of that the verifier
 * knows its type. */
#define TYPED_EXIT_HOOK(name, function, at, parameter, typed_handler, handler)                                         \
  SEC("fexit/" #function) int f_##name(__u64* ctx) {                                                                   \
    typed_handler(ctx[at]);                                                                                            \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_EXIT_HOOK(name, parameter, handler)

/* The same of a function whose result, an int, is handed on, too. */
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

/* In both shapes; it has `count` parameters. */
#define TYPED_RESULT_HOOK(name, function, at, count, parameter, typed_handler, handler)                                \
  SEC("fexit/" #function) int f_##name(__u64* ctx) {                                                                   \
    typed_handler(ctx[at], (int)ctx[count]);                                                                           \
    return 0;                                                                                                          \
  }                                                                                                                    \
  PROBE_RESULT_HOOK(name, parameter, handler)

/* Around a function: what it removes meanwhile, it removes in this way. */
#define PROBE_AROUND_HOOK(name, how, depth)                                                                            \
  SEC("kprobe") int k_##name##_begins(struct pt_regs* ctx) {                                                           \
    begin_operation(how, depth);                                                                                       \
    return 0;                                                                                                          \
  }                                                                                                                    \
  SEC("kretprobe") int k_##name##_ends(struct pt_regs* ctx) {                                                          \
    end_operation(depth);                                                                                              \
    return 0;                                                                                                          \
  }

/* Both on one function, of which the kernel then removes two probes and not four, one after another. `begins` is given
 * the parameter. */
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

/* Where the kernel has such links (CONFIG_FPROBE, since 5.18) one sets the hooks of many functions, instead of a kprobe
 * for each: it finds all places in one go. */
SEC("kprobe.multi") int on_hooked(struct pt_regs* ctx) {
  bpf_tail_call(ctx, &linked_hooks, (__u32)bpf_get_attach_cookie(ctx));
  return 0;
}

#endif
