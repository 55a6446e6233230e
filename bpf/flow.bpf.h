/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the flow that a lookup was made for, where no packet exists. */
#ifndef XFRM_SNAP_FLOW_BPF_H
#define XFRM_SNAP_FLOW_BPF_H

#include "address.bpf.h"
#include "operands.bpf.h"
#include "packet.bpf.h"
#include "packet_evidence.h"

static __always_inline __u32 dst_family(struct dst_entry* dst) {
  return dst ? BPF_CORE_READ(dst, ops, family) : 0;
}

/* A flow does not contain its family: the route, a parameter, the policy or the socket does. */
static __always_inline __u32 flow_family(struct pt_regs* ctx, const struct site* site) {
  struct xfrm_policy* policy = fetch_object(ctx, site, ROLE_POLICY);
  struct sock* sk = fetch_object(ctx, site, ROLE_SOCK);
  if (site->operand[ROLE_FAMILY].where) return fetch_value(ctx, &site->operand[ROLE_FAMILY]) & 0xff;
  if (policy) return BPF_CORE_READ(policy, family);
  return sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
}

/* Reads ports, or ICMP type and code, of a flow. Returns enum flow_has. */
static __always_inline __u32 read_uli(const union flowi_uli* uli, __u8 proto, __u16* sport, __u16* dport) {
  if (has_ports(proto)) {
    *sport = bpf_ntohs(BPF_CORE_READ(uli, ports.sport));
    *dport = bpf_ntohs(BPF_CORE_READ(uli, ports.dport));
    return FLOW_HAS_PORTS;
  }
  if (proto != PROTO_ICMP && proto != PROTO_ICMPV6) return 0;
  *sport = BPF_CORE_READ(uli, icmpt.type);
  *dport = BPF_CORE_READ(uli, icmpt.code);
  return FLOW_HAS_ICMP;
}

static __always_inline void read_flow_uli(struct packet* p, union flowi_uli* uli) {
  __u32 has = read_uli(uli, p->id.proto, &p->sport, &p->dport);
  p->flags |= PACKET_FOUND | PACKET_IS_FLOW;
  if (has & FLOW_HAS_PORTS) p->flags |= PACKET_HAS_PORTS;
  if (has & FLOW_HAS_ICMP) p->flags |= PACKET_HAS_ICMP;
}

static __always_inline void read_flow4(struct packet* p, struct flowi4* fl) {
  p->id.family = 4;
  bpf_probe_read_kernel(p->id.saddr, 4, __builtin_preserve_access_index(&fl->saddr));
  bpf_probe_read_kernel(p->id.daddr, 4, __builtin_preserve_access_index(&fl->daddr));
  read_flow_uli(p, __builtin_preserve_access_index(&fl->uli));
}

static __always_inline void read_flow6(struct packet* p, struct flowi6* fl) {
  p->id.family = 6;
  bpf_probe_read_kernel(p->id.saddr, 16, __builtin_preserve_access_index(&fl->saddr));
  bpf_probe_read_kernel(p->id.daddr, 16, __builtin_preserve_access_index(&fl->daddr));
  read_flow_uli(p, __builtin_preserve_access_index(&fl->uli));
}

/* Reads the device of the route, which names the flow's output interface. */
static __always_inline void read_route(struct packet* p, struct dst_entry* dst) {
  struct net_device* dev = dst ? BPF_CORE_READ(dst, dev) : 0;
  __u32 flags = p->flags;
  read_device(p, dev);
  p->flags = flags;
}

/* `family`: AF_INET or AF_INET6; otherwise the addresses stay unknown. */
static __always_inline void read_flow(struct packet* p, struct flowi* flow, __u32 family) {
  struct flowi_common* common = (struct flowi_common*)flow;
  __u32 oif;
  p->id.proto = BPF_CORE_READ(common, flowic_proto);
  p->mark = BPF_CORE_READ(common, flowic_mark);
  oif = BPF_CORE_READ(common, flowic_oif);
  if (oif != p->ifindex) p->ifname[0] = 0;
  p->ifindex = oif;
  p->flags |= PACKET_HAS_MARK | PACKET_IS_FLOW | (p->ifindex ? PACKET_HAS_IF : 0);
  if (family == AF_INET) read_flow4(p, (struct flowi4*)flow);
  if (family == AF_INET6) read_flow6(p, (struct flowi6*)flow);
}

#endif
