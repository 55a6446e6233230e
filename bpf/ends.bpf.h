/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the addresses of a device. */
#ifndef XFRM_SNAP_ENDS_BPF_H
#define XFRM_SNAP_ENDS_BPF_H

#include "kernel.bpf.h"
#include "packet_evidence.h"

static __always_inline void read_addresses4(struct device_ends* ends, struct net_device* dev) {
  struct in_device* own = BPF_CORE_READ(dev, ip_ptr);
  struct in_ifaddr* at = own ? BPF_CORE_READ(own, ifa_list) : 0;
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < ENDS && at; i++) {
    bpf_core_read(ends->v4[i], sizeof(ends->v4[i]), &at->ifa_local);
    at = BPF_CORE_READ(at, ifa_next);
  }
  if (at) ends->more = 1;
}

static __always_inline void read_addresses6(struct device_ends* ends, struct net_device* dev) {
  struct inet6_dev* own = BPF_CORE_READ(dev, ip6_ptr);
  const struct list_head* head = own ? __builtin_preserve_access_index(&own->addr_list) : 0;
  struct list_head* at = own ? BPF_CORE_READ(own, addr_list.next) : 0;
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < ENDS && at && at != head; i++) {
    const struct inet6_ifaddr* row = (void*)at - bpf_core_field_offset(struct inet6_ifaddr, if_list);
    bpf_core_read(ends->v6[i], sizeof(ends->v6[i]), &row->addr);
    at = BPF_CORE_READ(at, next);
  }
  if (at && at != head) ends->more = 1;
}

static __always_inline void read_addresses(struct device_ends* ends, struct net_device* dev) {
  read_addresses4(ends, dev);
  read_addresses6(ends, dev);
}

#endif
