/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers that judge a packet which may be lost. */
#ifndef XFRM_SNAP_LOST_PACKET_BPF_H
#define XFRM_SNAP_LOST_PACKET_BPF_H

#include "event.bpf.h"
#include "packet_evidence.bpf.h"

#define NAT_T_PORT 4500

static __always_inline void fail_with(struct error_record* e, __u16 error) {
  e->packet_evidence.error = error;
  e->packet_evidence.has |= PACKET_EVIDENCE_ERROR;
}

static __always_inline struct xfrm_state* route_state(struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  return dst ? BPF_CORE_READ(dst, xfrm) : 0;
}

static __always_inline bool is_tunnel_device(struct net_device* dev) {
  char kind[5] = "";
  const char* at = dev ? BPF_CORE_READ(dev, rtnl_link_ops, kind) : 0;
  if (!at) return false;
  bpf_probe_read_kernel(kind, sizeof(kind), at);
  return is_xfrm_interface((const __u8*)kind) || is_vti(dev);
}

/* The SPI of an ESP packet in UDP; 0: the packet is something else. */
static __always_inline __u32 spi_in_udp(const struct error_record* e, struct sk_buff* skb) {
  __u32 spi = 0;
  if (e->packet.id.proto != PROTO_UDP) return 0;
  bpf_probe_read_kernel(&spi, sizeof(spi),
                        BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header) + sizeof(struct udphdr));
  return spi;
}

static __always_inline bool is_encrypted(const struct packet* p) {
  if (is_transform(p->id.proto)) return true;
  return p->id.proto == PROTO_UDP && (p->sport == NAT_T_PORT || p->dport == NAT_T_PORT);
}

/* Names the packet, so far read as UDP, as ESP in UDP. */
static __always_inline void name_esp_in_udp(struct packet* p, __u32 spi) {
  p->id.spi = spi;
  p->id.proto = PROTO_ESP;
  p->id.encap = ENCAP_UDP;
  p->flags |= PACKET_HAS_SPI;
}

static __always_inline void set_net(struct error_record* e, struct net* net) {
  struct netns_row* ns;
  if (!net) return;
  e->mib = mib_of(net);
  ns = bpf_map_lookup_elem(&netns, &e->mib);
  set_netns(e, ns ? ns : remember_netns(e->mib, BPF_CORE_READ(net, ns.inum), BPF_NOEXIST));
}

static __always_inline struct net* net_of_skb(struct sk_buff* skb) {
  struct net_device* dev = BPF_CORE_READ(skb, dev);
  struct dst_entry* dst = skb_dst_entry(skb);
  if (!dev && dst) dev = BPF_CORE_READ(dst, dev);
  return device_net(dev);
}

#endif
