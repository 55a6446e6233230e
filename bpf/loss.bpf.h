/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Judges whether IPsec loses packets where the kernel drops them, and how many. */
#ifndef XFRM_SNAP_LOSS_BPF_H
#define XFRM_SNAP_LOSS_BPF_H

#include "fragment.bpf.h"
#include "icmp_loss.bpf.h"
#include "losses.h"
#include "reported.bpf.h"

#define ERROR_AGAIN 11     /* EAGAIN */
#define ERROR_PERM 1       /* EPERM */
#define ERROR_XDEV 18      /* EXDEV */
#define ERROR_IO 5         /* EIO */
#define LIST_MAX 512       /* packets that are counted in one list */
#define HOLD_QUEUE_MAX 100 /* XFRM_MAX_QUEUE_LEN */
#define INTERFACE_UP 1     /* IFF_UP */

/* Steps to the next packet of a list. True at its end. */
static __always_inline bool count_next(__u64* at, __u32* n) {
  __u64 next;
  if (!is_object(*at)) return true;
  next = (__u64)BPF_CORE_READ((struct sk_buff*)*at, next);
  barrier_var(next); /* before 5.12 no loop may begin right behind a call */
  *at = next;
  *n = next_number(*n + 1);
  return false;
}

/* Packets in a list; 0: too many to count. */
static __always_inline __u32 count_list(struct sk_buff* first) {
  __u64 at = (__u64)first;
  __u32 n = 0;
  REPEAT(LIST_MAX, count_next(&at, &n));
  return is_object(at) ? 0 : n;
}

/* If an increment in the same call was for the packet just before these, they are counted with its event. */
static __always_inline bool join_tail(struct error_record* e, struct sk_buff* first) {
  struct report* t = just_reported(e->header.mono_ns);
  struct tail_record r = {.header = e->header};
  struct error_row* row;
  if (!t || !t->increment || !t->skb || t->dst != (__u64)skb_dst_entry(first)) return false;
  __builtin_memcpy(&r.key, &t->key, sizeof(r.key));
  r.header.kind = RECORD_TAIL;
  r.error_ns = t->ns;
  r.error_cpu = t->cpu;
  t->ns = 0;
  row = bpf_map_lookup_elem(&errors, &r.key);
  if (row) {
    __sync_fetch_and_add(&row->packets, e->packets);
    r.row_packets = row->packets_unknown || !e->packets ? 0 : row->packets;
    if (!e->packets) row->packets_unknown = 1;
  }
  r.packets = e->packets;
  if (!put_into_ring(&r, sizeof(r))) count_lost(LOST_RING);
  return true;
}

static __always_inline bool lose_tail(struct error_record* e, struct sk_buff* first) {
  if (!first) return false;
  e->packets = count_list(first);
  return !join_tail(e, first);
}

/* What a host sends by itself on an interface that comes up: router and neighbour discovery, and group membership. */
static __always_inline bool is_autoconfiguration(const struct packet* p) {
  if (p->id.family == 4) return p->id.proto == PROTO_IGMP;
  if (p->id.proto != PROTO_ICMPV6 || !(p->flags & PACKET_HAS_ICMP)) return false;
  return (p->sport >= 130 && p->sport <= 137) || p->sport == 143;
}

static __always_inline bool lose_in_interface(struct error_record* e, struct sk_buff* skb) {
  if (is_autoconfiguration(&e->packet)) return false;
  e->packets = packets_of(skb);
  return !was_reported(e, skb);
}

/* False: the packet came through no SA. */
static __always_inline bool came_through_state(struct error_record* e, struct sk_buff* skb) {
  e->state_at = secpath_state(skb);
  e->packets = packets_of(skb);
  return e->state_at != 0;
}

static __always_inline bool lose_decrypted(struct error_record* e, struct sk_buff* skb) {
  struct net_device* dev = BPF_CORE_READ(skb, dev);
  return came_through_state(e, skb) && dev && BPF_CORE_READ(dev, flags) & INTERFACE_UP;
}

/* Without a route, the packet was dropped for that. */
static __always_inline bool lose_in_transport(struct error_record* e, struct sk_buff* skb) {
  return came_through_state(e, skb) && (e->packet.id.family == 6 || skb_dst_entry(skb));
}

/* The same function also frees a packet whose clone is still queued below: that one is not lost. */
static __always_inline bool lose_for_full_queue(struct error_record* e, struct sk_buff* skb) {
  struct xfrm_dst* bundle = (struct xfrm_dst*)skb_dst_entry(skb);
  struct xfrm_policy* policy = bundle ? BPF_CORE_READ(bundle, pols[0]) : 0;
  if (!policy || BPF_CORE_READ(policy, polq.hold_queue.qlen) <= HOLD_QUEUE_MAX) return false;
  e->policy_at = (__u64)policy;
  e->packets = packets_of(skb);
  fail_with(e, ERROR_AGAIN);
  return true;
}

static __always_inline bool lose_udp_gso(struct error_record* e, struct sk_buff* skb) {
  struct udp_sock* sk = (struct udp_sock*)BPF_CORE_READ(skb, sk);
  __u32 size = sk ? BPF_CORE_READ(sk, gso_size) : 0, at = BPF_CORE_READ(skb, transport_header);
  __u32 data = BPF_CORE_READ(skb, data) - BPF_CORE_READ(skb, head), all = BPF_CORE_READ(skb, len) + data;
  e->state_at = (__u64)route_state(skb);
  all -= at + sizeof(struct udphdr);
  if (size) e->packets = (all + size - 1) / size;
  fail_with(e, ERROR_IO);
  return true;
}

/* A NAT keepalive has one byte, and is meant to be dropped. */
static __always_inline bool lose_too_short(struct error_record* e, struct sk_buff* skb) {
  __u32 headers = (e->packet.id.family == 6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) + sizeof(struct udphdr);
  e->packets = 1;
  return e->packet.len > headers + 1;
}

static __always_inline bool lose_unreachable(struct error_record* e, struct sk_buff* skb) {
  struct packet* p = &e->packet;
  __u32 spi = spi_in_udp(e, skb);
  e->packets = packets_of(skb);
  if (!is_encrypted(p)) return false;
  if (p->id.proto != PROTO_UDP) return true;
  if (!spi) return false; /* IKE */
  name_esp_in_udp(p, spi);
  return true;
}

/* Why routing refused the packet, as far as is known. */
static __always_inline void read_refusal(struct error_record* e, struct pt_regs* ctx, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  __s32 error = dst ? BPF_CORE_READ(dst, error) : 0; /* positive if dst->input is ip_error, negative otherwise */
  __u64 first = PT_REGS_PARM1(ctx), second = PT_REGS_PARM2(ctx), third = PT_REGS_PARM3(ctx);
  __u32 reason;
  barrier_var(second); /* the verifier allows no choice between pointers into the context */
  barrier_var(third);
  reason = first == (__u64)skb ? second : third;
  if (error) return fail_with(e, error < 0 ? -error : error);
  if (dst || !bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_IP_RPFILTER)) return;
  if (reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_IP_RPFILTER)) fail_with(e, ERROR_XDEV);
}

/* Such a packet is lost in ip6_forward; 0x86dd: the type of Ethernet frames that hold IPv6. */
static __always_inline bool is_ipv6(struct sk_buff* skb) {
  return BPF_CORE_READ(skb, protocol) == bpf_htons(0x86dd);
}

/* In some kernels a device may forward on its own. */
struct ipv6_devconf___forced {
  __s32 force_forwarding;
};

/* What ip6_forward asks first: whether it drops everything that comes in by the device. */
static __always_inline bool forwards_nothing(struct sk_buff* skb) {
  struct net_device* dev = BPF_CORE_READ(skb, dev);
  struct inet6_dev* idev = BPF_CORE_READ(dev, ip6_ptr);
  struct ipv6_devconf___forced* own = (void*)&idev->cnf;
  if (BPF_CORE_READ(dev, nd_net.net, ipv6.devconf_all, forwarding)) return false;
  if (!idev || !bpf_core_field_exists(own->force_forwarding)) return true;
  return !BPF_CORE_READ(own, force_forwarding);
}

static __always_inline bool lose_after_decryption(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                                  struct sk_buff* skb) {
  came_through_state(e, skb);
  if (site->counter == LOSS_INPUT) read_refusal(e, ctx, skb);
  return true;
}

/* Judges an skb that is dropped and has been read. */
static __always_inline bool lose_packet(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                        struct sk_buff* skb) {
  switch (site->counter) {
  case LOSS_GSO_TAIL:
    e->state_at = (__u64)route_state(skb);
    return lose_tail(e, skb);
  case LOSS_ICMP:
    return lose_by_icmp(e, ctx, skb);
  case LOSS_INTERFACE:
    return lose_in_interface(e, skb);
  case LOSS_DECAP_QUEUE:
    return lose_decrypted(e, skb);
  case LOSS_TRANS_QUEUE:
    return lose_in_transport(e, skb);
  case LOSS_HOLD_QUEUE_FULL:
    return lose_for_full_queue(e, skb);
  case LOSS_UDP_GSO:
    return lose_udp_gso(e, skb);
  case LOSS_TOO_SHORT:
    return lose_too_short(e, skb);
  case LOSS_NEXT_HOP:
    return lose_unreachable(e, skb);
  case LOSS_INPUT:
  case LOSS_FIREWALL:
    return lose_after_decryption(e, ctx, site, skb);
  }
  return false;
}

/* It came through an SA, or out of a tunnel interface, which has cleared its secpath. */
static __always_inline bool was_encrypted(struct sk_buff* skb) {
  return secpath_of(skb) || is_tunnel_device(BPF_CORE_READ(skb, dev));
}

/* Asked before the packet is read: false if it cannot be a loss. */
static __always_inline bool may_lose(struct pt_regs* ctx, const struct site* site, struct sk_buff* skb) {
  if (site->counter == LOSS_ICMP) return wants_icmp(ctx);
  if (site->counter == LOSS_DECAP_QUEUE || site->counter == LOSS_TRANS_QUEUE) return secpath_of(skb) != 0;
  if (site->counter == LOSS_INPUT) return was_encrypted(skb) && (!is_ipv6(skb) || forwards_nothing(skb));
  if (site->counter == LOSS_FIREWALL) return was_encrypted(skb);
  if (site->counter == LOSS_UDP_GSO) return route_state(skb) != 0;
  return true;
}

/* The queue of a policy, in which packets wait for an SA, is being emptied. */
static __always_inline bool find_purged(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct xfrm_policy* policy = fetch_object(ctx, site, ROLE_POLICY);
  struct sk_buff* first;
  if (!policy) return false;
  e->packets = BPF_CORE_READ(policy, polq.hold_queue.qlen);
  if (!e->packets) return false;
  first = BPF_CORE_READ(policy, polq.hold_queue.next);
  set_net(e, BPF_CORE_READ(policy, xp_net.net));
  e->policy_at = (__u64)policy;
  read_packet((__u64)first, false, 0);
  return true;
}

/* A policy lookup for a flow fails. */
static __always_inline bool find_refused_flow(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  if (site->counter == LOSS_SOCKET_POLICY && (__u32)fetch_value(ctx, &site->operand[ROLE_ERROR]) != (__u32)-ERROR_AGAIN)
    return false; /* a counter has counted it, or it is no failure */
  set_net(e, fetch_object(ctx, site, ROLE_NET));
  e->policy_at = matched_policy(ctx, site);
  find_flow(e, ctx, site);
  e->packets = 1;
  fail_with(e, site->counter == LOSS_DEFAULT_BLOCK ? ERROR_PERM : ERROR_AGAIN);
  return true;
}

static __always_inline bool find_dropped(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct sk_buff* skb = fetch_object(ctx, site, ROLE_SKB);
  if (!skb || !may_lose(ctx, site, skb)) return false;
  set_net(e, net_of_skb(skb));
  read_packet((__u64)skb, false, 0);
  return lose_packet(e, ctx, site, skb);
}

/* Fills in what is lost; false: nothing. */
static __always_inline bool find_loss(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  if (site->counter == LOSS_HOLD_QUEUE_PURGED) return find_purged(e, ctx, site);
  if (site->counter == LOSS_FRAGMENT) return find_fragments(e, ctx, site);
  if (site->counter == LOSS_DEFAULT_BLOCK || site->counter == LOSS_SOCKET_POLICY)
    return find_refused_flow(e, ctx, site);
  return find_dropped(e, ctx, site);
}

#endif
