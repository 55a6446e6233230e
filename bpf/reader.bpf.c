// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies kernel memory to user space where /proc/kcore is absent or masked. Run by BPF_PROG_TEST_RUN, never attached.
#include "kernel.bpf.h"
#include "records.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct memory_window);
} window SEC(".maps");

// args: address, bytes. Returns 0, or the negative error of the read.
SEC("raw_tp")
int read_memory(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  struct memory_window* w = bpf_map_lookup_elem(&window, &zero);
  __u64 size = ctx->args[1];
  if (!w || size > sizeof(w->bytes)) return -1;
  return bpf_probe_read_kernel(w->bytes, size, (const void*)ctx->args[0]);
}

// Tells the address of the struct task_struct of the thread that asks. Returns 0, or a negative error.
SEC("raw_tp")
int find_task(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  struct memory_window* w = bpf_map_lookup_elem(&window, &zero);
  if (!w) return -1;
  *(__u64*)w->bytes = bpf_get_current_task();
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
