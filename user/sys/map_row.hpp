// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// One row of a BPF map. A process that is preempted in the middle of such a call keeps the kernel from running kprobes'
// programs on its CPU: these calls are not preempted.
#pragma once

#include <bpf/bpf.h>

namespace xs {

// As libbpf's functions on one element: 0, or errno says why not.
int look_up_row(int map, const void* key, void* row);
int update_row(int map, const void* key, const void* row, __u64 flags = BPF_ANY);
int delete_row(int map, const void* key);

} // namespace xs
