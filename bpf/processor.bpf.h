/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One accessor per difference between processors. */
#ifndef XFRM_SNAP_PROCESSOR_BPF_H
#define XFRM_SNAP_PROCESSOR_BPF_H

#include "kernel.bpf.h"
#include "per_cpu.bpf.h"

/* Where the per-CPU preemption counter lies: a variable of its own before 6.2 (and again from 6.15 on), a member of
 * pcpu_hot between. User space finds it among the symbols; 0: not found. */
const volatile __u64 preempt_count_at;

static __always_inline __u64 word_at(__u64 address) {
  __u64 value = 0;
  bpf_probe_read_kernel(&value, sizeof(value), (const void*)address);
  return value;
}

#if defined(__TARGET_ARCH_x86)

#define REGISTERS 15 /* the first words of pt_regs: those that a program computes with */

/* The probe's address: the instruction pointer is behind the breakpoint, which is one byte long. */
static __always_inline __u64 probed_address(struct pt_regs* ctx) {
  return PT_REGS_IP(ctx) - 1;
}

/* At a function's entry: its sixth argument, which libbpf knows from 1.2 on. */
static __always_inline __u64 sixth_argument(struct pt_regs* ctx) {
  return ctx->r9;
}

/* At a function's entry: its seventh and later arguments are on the stack, behind the return address. */
static __always_inline __u64 late_argument(struct pt_regs* ctx, __u32 number) {
  return word_at(PT_REGS_SP(ctx) + 8 * (number - 6));
}

/* At a function's entry. */
static __always_inline __u64 return_address(struct pt_regs* ctx) {
  return word_at(PT_REGS_SP(ctx));
}

/* A return address as a function keeps it on the stack. */
static __always_inline __u64 kept_return_address(__u64 at) {
  return word_at(at);
}

#define IN_NMI 0xf00000
#define ONE_NMI 0x110000 /* an NMI counts as a hardirq, too */

/* What disables preemption here, apart from the breakpoint, which is handled like an NMI; no packet is handled in one.
 */
static __always_inline bool read_preemption(__u32* count) {
  if (!preempt_count_at) return false;
  if (bpf_probe_read_kernel(count, sizeof(*count), (const void*)on_this_cpu(preempt_count_at))) return false;
  if (*count & IN_NMI) *count -= ONE_NMI;
  return true;
}

#elif defined(__TARGET_ARCH_arm64)

#define REGISTERS 31 /* the first words of pt_regs */

static __always_inline __u64 probed_address(struct pt_regs* ctx) {
  return PT_REGS_IP(ctx);
}

static __always_inline __u64 sixth_argument(struct pt_regs* ctx) {
  return ((const struct user_pt_regs*)ctx)->regs[5];
}

/* Eight arguments are in registers. */
static __always_inline __u64 late_argument(struct pt_regs* ctx, __u32 number) {
  if (number == 7) return ((const struct user_pt_regs*)ctx)->regs[6];
  if (number == 8) return ((const struct user_pt_regs*)ctx)->regs[7];
  return word_at(PT_REGS_SP(ctx) + 8 * (number - 9));
}

static __always_inline __u64 return_address(struct pt_regs* ctx) {
  return PT_REGS_RET(ctx);
}

/* It may be signed, in the bits that all addresses of the kernel have in common. */
static __always_inline __u64 kept_return_address(__u64 at) {
  return word_at(at) | 0xffffull << 48;
}

/* Each task counts for itself. A kprobe's breakpoint is no NMI. */
static __always_inline bool read_preemption(__u32* count) {
  *count = BPF_CORE_READ((struct task_struct*)bpf_get_current_task(), thread_info.preempt.count);
  return true;
}

#endif

#endif
