/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One accessor per difference between kernels. */
#ifndef XFRM_SNAP_COMPAT_BPF_H
#define XFRM_SNAP_COMPAT_BPF_H

#include "kernel.bpf.h"
#include "processor.bpf.h"

#define SERVING_SOFTIRQ 0x100

/* Member of an object. `typed`, a constant: the verifier knows the object's type, as in fentry and fexit programs, and
 * one instruction reads it; otherwise a helper does. */
#define GET(object, member) (typed ? (object)->member : BPF_CORE_READ(object, member))

/* On PREEMPT_RT the count of disabled softirqs is in each task, not in the preemption counter. */
struct task_struct___preempt_rt {
  int softirq_disable_cnt;
} __attribute__((preserve_access_index));

static __always_inline bool serves_softirq(void) {
  struct task_struct___preempt_rt* task = (void*)bpf_get_current_task();
  if (!bpf_core_field_exists(task->softirq_disable_cnt)) return false;
  return BPF_CORE_READ(task, softirq_disable_cnt) & SERVING_SOFTIRQ;
}

/* The preemption counter's layout (include/linux/preempt.h): bits 8..15 softirq, where bit 8 means "serving"; 16..19
 * hardirq; 20..23 NMI. */
#define IN_INTERRUPT 0xff0100

/* True in process context: no interrupt, no softirq. */
static __always_inline bool in_process(void) {
  __u32 count = 0;
  if (!read_preemption(&count)) return false;
  return !(count & IN_INTERRUPT) && !serves_softirq();
}

/* An identifier that stays the same until the code running here is done, wherever the scheduler moves it: of the task,
 * or of the CPU that serves an interrupt. */
static __always_inline __u64 context_of(bool process) {
  return process ? bpf_get_current_task() : bpf_get_smp_processor_id();
}

static __always_inline __u64 context_id(void) {
  return context_of(in_process());
}

/* Open-coded iterators (6.4): the verifier stops following a loop once its state repeats, not after every iteration. */
extern int bpf_iter_num_new(struct bpf_iter_num* it, int start, int end) __ksym __weak;
extern int* bpf_iter_num_next(struct bpf_iter_num* it) __ksym __weak;
extern void bpf_iter_num_destroy(struct bpf_iter_num* it) __ksym __weak;

/* The same value, unknown to the verifier: it would follow the rest of the program once per value. */
static __always_inline __u8 any_of(__u8 value) {
  __u8 plain = 0;
  bpf_probe_read_kernel(&plain, sizeof(plain), &value);
  return plain;
}

/* The counter of a REPEAT loop. With iterators the verifier must not know it, so that all iterations look the same;
 * without them it has to know it, or else it sees no end. */
static __always_inline __u8 next_turn(__u8 value) {
  return bpf_core_type_exists(struct bpf_iter_num) ? any_of(value) : value;
}

/* The same for a number beyond 255. */
static __always_inline __u32 next_number(__u32 value) {
  __u32 plain = 0;
  if (!bpf_core_type_exists(struct bpf_iter_num)) return value;
  bpf_probe_read_kernel(&plain, sizeof(plain), &value);
  return plain;
}

/* Evaluates `over` until it is true, `times` times at most. */
#define REPEAT(times, over)                                                                                            \
  do {                                                                                                                 \
    if (bpf_core_type_exists(struct bpf_iter_num)) {                                                                   \
      struct bpf_iter_num numbers;                                                                                     \
      bpf_iter_num_new(&numbers, 0, times);                                                                            \
      while (bpf_iter_num_next(&numbers) && !(over)) {                                                                 \
      }                                                                                                                \
      bpf_iter_num_destroy(&numbers);                                                                                  \
    } else {                                                                                                           \
      _Pragma("clang loop unroll(disable)") for (int n_ = 0; n_ < (times) && !(over); n_++) {}                         \
    }                                                                                                                  \
  } while (0)

#endif
