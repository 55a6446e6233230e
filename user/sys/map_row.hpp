// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses one row of a BPF map without being preempted: a process preempted in such a call keeps the kernel from
// running kprobe programs on its CPU.
#pragma once

#include <bpf/bpf.h>

namespace xs {

// Like libbpf's functions for one element. 0, or an error with errno set.
int look_up_row(int map, const void* key, void* row);
int update_row(int map, const void* key, const void* row, __u64 flags = BPF_ANY);
int delete_row(int map, const void* key);

} // namespace xs
