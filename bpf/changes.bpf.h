/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Begins the record of a change, which is sent if user space follows changes. */
#ifndef XFRM_SNAP_CHANGES_BPF_H
#define XFRM_SNAP_CHANGES_BPF_H

#include "kernel.bpf.h"
#include "records.h"

/* Send a record of each change. */
const volatile bool want_changes;

static __always_inline void start_change(struct record_header* header, struct change_head* change, __u32 kind,
                                         __u32 op) {
  header->kind = kind;
  header->cpu = bpf_get_smp_processor_id();
  header->mono_ns = bpf_ktime_get_ns();
  change->op = op;
  change->hard = 0;
}

#endif
