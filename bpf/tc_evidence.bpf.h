/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks up what tc runs on the packet's device, in the packet's direction. */
#ifndef XFRM_SNAP_TC_EVIDENCE_BPF_H
#define XFRM_SNAP_TC_EVIDENCE_BPF_H

#include "tc_point.bpf.h"

/* The hooks of the mirror of tc are attached. */
const volatile bool mirroring_tc;
/* This kernel has all the functions that they hook. */
const volatile bool tc_whole;

static __always_inline void look_up_tc(struct error_record* e) {
  struct tc_point* point;
  __u32 before;
  if (!mirroring_tc || !e->key.netns || !(e->packet.flags & PACKET_HAS_IF)) return;
  point = find_point(e->key.netns, e->packet.ifindex, e->output);
  e->tc_known = tc_whole ? TC_NONE : TC_UNKNOWN;
  if (!point) return;
  before = begin_read(&point->version);
  bpf_probe_read_kernel(&e->tc, sizeof(e->tc), point);
  e->tc_known = end_read(&point->version, before) ? TC_FOUND : TC_UNKNOWN;
}

#endif
