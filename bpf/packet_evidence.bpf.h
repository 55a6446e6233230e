/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the evidence that the packet, its state and its netns hold. */
#ifndef XFRM_SNAP_PACKET_EVIDENCE_BPF_H
#define XFRM_SNAP_PACKET_EVIDENCE_BPF_H

#include "ends.bpf.h"
#include "packet.bpf.h"
#include "state_row.bpf.h"

#define RTAX_MTU_AT 1      /* RTAX_MTU - 1 */
#define METRICS_FLAGS 3ull /* DST_METRICS_FLAGS, in the pointer's low bits */
#define SMALLEST_ERROR 2   /* -1 has too many other meanings */
#define IP_DF 0x4000

/* The kernel counts each failed integrity check under the state's lock: between two increments the state's own
 * statistic grows by one or not at all. The mirror's row remembers its last value. */
static __always_inline void note_integrity(struct error_record* e) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  struct state_kept* row;
  if (e->key.counter != XfrmInStateProtoError || !x) return;
  row = state_row_of(e->state_at);
  if (!row) return;
  e->packet_evidence.integrity_before = row->integrity_seen;
  e->packet_evidence.integrity_after = row->integrity_seen = BPF_CORE_READ(x, stats.integrity_failed);
  e->packet_evidence.has |= PACKET_EVIDENCE_INTEGRITY;
}

/* The function that counts is about to return an error number, so that a register holds it. It is believed if the
 * registers hold only one such number. They are copied to the event's `stack`, which is filled later: there is no room
 * elsewhere. */
static __always_inline void note_error(struct error_record* e, struct pt_regs* ctx) {
  __u32 found = 0, others = 0, i;
  bpf_probe_read_kernel(e->stack, REGISTERS * sizeof(e->stack[0]), ctx);
#pragma clang loop unroll(disable)
  for (i = 0; i < REGISTERS; i++) {
    __u32 high = e->stack[i] >> 32, number = -(__u32)e->stack[i];
    __u32 hit = 1 - is_set((number - SMALLEST_ERROR) >> 7 | (high + 1) >> 1);
    others |= hit & is_set(found) & unequal(found, number);
    found |= number & -(hit & (1 - is_set(found)));
  }
  if (!found || others) return;
  e->packet_evidence.error = found;
  e->packet_evidence.has |= PACKET_EVIDENCE_ERROR;
}

static __always_inline void read_secpath_row(struct secpath_row* row, __u64 state) {
  struct xfrm_state* x = (struct xfrm_state*)state;
  row->address = state;
  row->family = BPF_CORE_READ(x, props.family);
  fill_address(row->saddr, __builtin_preserve_access_index(&x->props.saddr), row->family);
  fill_address(row->daddr, __builtin_preserve_access_index(&x->id.daddr), row->family);
  row->spi = BPF_CORE_READ(x, id.spi);
  row->reqid = BPF_CORE_READ(x, props.reqid);
  row->if_id = BPF_CORE_READ(x, if_id);
  row->netns = BPF_CORE_READ(x, xs_net.net, ns.inum);
  row->proto = BPF_CORE_READ(x, id.proto);
  row->mode = BPF_CORE_READ(x, props.mode);
  row->aalgo = BPF_CORE_READ(x, props.aalgo);
  row->helper = BPF_CORE_READ(x, tunnel_users.counter) != 0;
}

static __always_inline void read_secpath(struct packet_evidence* v, struct search* s, struct sk_buff* skb) {
  struct sec_path* path = secpath_of(skb);
  __u32 i;
  v->has |= PACKET_EVIDENCE_SECPATH;
  v->verified = 0;
  if (!path) return;
  v->secpath_len = BPF_CORE_READ(path, len);
  if (bpf_core_field_exists(path->verified_cnt)) v->verified = BPF_CORE_READ(path, verified_cnt);
  bpf_core_read(s->path, sizeof(s->path), &path->xvec);
#pragma unroll
  for (i = 0; i < XFRM_DEPTH; i++)
    if (i < v->secpath_len && s->path[i]) read_secpath_row(&v->secpath[i], s->path[i]);
}

/* The bitmaps are laid out as in net/xfrm/xfrm_replay.c. */
static __always_inline void read_replay(struct packet_evidence* v, const struct error_record* e) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  struct xfrm_replay_state_esn* esn = BPF_CORE_READ(x, replay_esn);
  __u32 top = esn ? BPF_CORE_READ(esn, seq) : BPF_CORE_READ(x, replay.seq);
  __u32 window = esn ? BPF_CORE_READ(esn, replay_window) : BPF_CORE_READ(x, props.replay_window);
  __u32 behind = top - e->packet.seq, bit = behind, word = 0;
  if (!window || behind >= window) return;
  if (esn) {
    __u32 at = (top - 1) % window;
    bit = at >= behind ? at - behind : window - (behind - at);
    bpf_probe_read_kernel(&word, sizeof(word), (__u32*)__builtin_preserve_access_index(&esn->bmp[0]) + (bit >> 5));
  } else {
    word = BPF_CORE_READ(x, replay.bitmap);
  }
  v->replay_seen = word >> (bit & 31) & 1;
  v->has |= PACKET_EVIDENCE_REPLAY;
}

/* The default policies of the netns: an array since 5.17. */
static __always_inline void read_defaults(struct packet_evidence* v, struct net* net) {
  if (!bpf_core_field_exists(net->xfrm.policy_default)) return;
  if (bpf_core_field_size(net->xfrm.policy_default) != sizeof(v->default_policy)) return;
  bpf_core_read(v->default_policy, sizeof(v->default_policy), &net->xfrm.policy_default);
  v->has |= PACKET_EVIDENCE_DEFAULTS;
}

static __always_inline struct skb_shared_info* shared_info(struct sk_buff* skb) {
  return (void*)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
}

/* Packets that an skb will be segmented into, or was merged from. */
static __always_inline __u32 packets_of(struct sk_buff* skb) {
  __u16 segments = BPF_CORE_READ(shared_info(skb), gso_segs);
  return segments ? segments : 1;
}

/* The route of an SA has its MTU as a metric: that of the device less what ESP adds. */
static __always_inline void read_mtu(struct packet_evidence* v, struct sk_buff* skb, struct dst_entry* dst) {
  __u64 metrics = BPF_CORE_READ(dst, _metrics) & ~METRICS_FLAGS;
  struct skb_shared_info* shared = shared_info(skb);
  if (!(v->has & PACKET_EVIDENCE_MTU)) bpf_probe_read_kernel(&v->mtu, sizeof(v->mtu), (__u32*)metrics + RTAX_MTU_AT);
  v->skb_len = BPF_CORE_READ(skb, len);
  v->gso_size = BPF_CORE_READ(shared, gso_size);
  v->gso_segs = BPF_CORE_READ(shared, gso_segs);
  if (v->mtu) v->has |= PACKET_EVIDENCE_MTU;
}

/* If `data` is at the IP header, the packet is not encapsulated yet. */
static __always_inline void read_df(struct packet_evidence* v, struct sk_buff* skb) {
  unsigned char* head = BPF_CORE_READ(skb, head);
  unsigned char* data = BPF_CORE_READ(skb, data);
  struct iphdr ip;
  if (data - head != BPF_CORE_READ(skb, network_header)) return;
  if (bpf_probe_read_kernel(&ip, sizeof(ip), data) || ip.version != 4) return;
  v->df = (ip.frag_off & bpf_htons(IP_DF)) != 0;
  v->ignore_df = BPF_CORE_READ_BITFIELD_PROBED(skb, ignore_df);
  v->has |= PACKET_EVIDENCE_DF;
}

static __always_inline void read_inner(struct packet_evidence* v, struct sk_buff* skb) {
  if (!bpf_core_type_exists(struct xfrm_mode_skb_cb)) return;
  v->inner_proto = came_out(skb);
  v->has |= PACKET_EVIDENCE_INNER;
}

/* The lengths that ESP and AH check. skb->transport_header is at their header until they succeed; `data` is there, or
 * at the IP header. */
static __always_inline void read_transform(struct packet_evidence* v, const struct error_record* e,
                                           struct sk_buff* skb) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  unsigned char* head = BPF_CORE_READ(skb, head);
  __u32 at = BPF_CORE_READ(skb, transport_header), data = BPF_CORE_READ(skb, data) - head;
  __u8 words = 0;
  if (!x || (e->packet.id.proto != PROTO_ESP && e->packet.id.proto != PROTO_AH)) return;
  v->transform_len = BPF_CORE_READ(skb, len) + data - at;
  v->header_len = BPF_CORE_READ(x, props.header_len);
  v->has |= PACKET_EVIDENCE_TRANSFORM;
  if (e->packet.id.proto != PROTO_AH) return;
  bpf_probe_read_kernel(&words, sizeof(words), head + at + __builtin_offsetof(struct ip_auth_hdr, hdrlen));
  v->ah_len = (words + 2) * 4;
}

/* The private part of a device follows its net_device, aligned to 32 bytes: for an xfrm interface struct xfrm_if, whose
 * layout has not changed since Linux 4.19. It is believed if its second member points back to the device. */
#define XFRM_IF_DEV 8
#define XFRM_IF_ID 28

static __always_inline __u32 interface_id(struct net_device* dev) {
  const void* own = (void*)dev + ((bpf_core_type_size(struct net_device) + 31) & ~31ull);
  struct net_device* back = 0;
  __u32 if_id = 0;
  bpf_probe_read_kernel(&back, sizeof(back), own + XFRM_IF_DEV);
  if (back == dev) bpf_probe_read_kernel(&if_id, sizeof(if_id), own + XFRM_IF_ID);
  return if_id;
}

static __always_inline bool is_xfrm_interface(const __u8* kind) {
  return kind[0] == 'x' && kind[1] == 'f' && kind[2] == 'r' && kind[3] == 'm' && !kind[4];
}

static __always_inline bool is_vti(struct net_device* dev) {
  char kind[4] = "";
  const char* at = dev ? BPF_CORE_READ(dev, rtnl_link_ops, kind) : 0;
  if (!at) return false;
  bpf_probe_read_kernel(kind, sizeof(kind), at);
  return kind[0] == 'v' && kind[1] == 't' && kind[2] == 'i' && (!kind[3] || kind[3] == '6');
}

/* The VTI that a packet comes out of becomes its device only after the policy check; until then xfrm_input keeps the
 * tunnel in the packet's control block. Anything else found there leads to no device of that kind. */
static __always_inline struct net_device* vti_of(struct sk_buff* skb, __u32* ikey) {
  const void* at = (void*)__builtin_preserve_access_index(&skb->cb);
  struct xfrm_tunnel_skb_cb* cb = (struct xfrm_tunnel_skb_cb*)at;
  __u64 tunnel = (__u64)BPF_CORE_READ(cb, tunnel.ip4);
  struct net_device* dev;
  if (!tunnel) return 0;
  dev = BPF_CORE_READ((struct ip_tunnel*)tunnel, dev);
  *ikey = bpf_ntohl(BPF_CORE_READ((struct ip_tunnel*)tunnel, parms.i_key));
  if (is_vti(dev)) return dev;
  dev = BPF_CORE_READ((struct ip6_tnl*)tunnel, dev);
  *ikey = bpf_ntohl(BPF_CORE_READ((struct ip6_tnl*)tunnel, parms.i_key));
  return is_vti(dev) ? dev : 0;
}

static __always_inline void read_link(struct packet_evidence* v, struct net_device* dev) {
  const char* kind = dev ? BPF_CORE_READ(dev, rtnl_link_ops, kind) : 0;
  if (!kind) return;
  if (bpf_probe_read_kernel_str(v->link_kind, sizeof(v->link_kind), kind) < 0) return;
  v->has |= PACKET_EVIDENCE_LINK;
  if (is_xfrm_interface(v->link_kind)) v->link_if_id = interface_id(dev);
}

static __always_inline bool may_come_by_vti(__u32 counter) {
  return counter == XfrmInNoStates || counter == XfrmInNoPols || counter == XfrmInTmplMismatch;
}

static __always_inline void read_device_of(struct packet_evidence* v, __u32 counter, struct sk_buff* skb) {
  __u32 ikey = 0;
  struct net_device* vti = may_come_by_vti(counter) ? vti_of(skb, &ikey) : 0;
  read_link(v, vti ? vti : BPF_CORE_READ(skb, dev));
  if (!vti) return;
  bpf_probe_read_kernel_str(v->link_name, sizeof(v->link_name), BPF_CORE_READ(vti, name));
  v->ikey = ikey;
  v->has |= PACKET_EVIDENCE_IKEY;
}

/* The functions that dst->input points to if the packet is forwarded, or delivered here: IPv4, IPv6; 0: not found. */
const volatile __u64 forwards[2], delivers[2];

/* The route decides which policies the packet is checked against: "in" or "fwd". */
static __always_inline void read_policy_dir(struct packet_evidence* v, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  __u64 input = dst ? (__u64)BPF_CORE_READ(dst, input) : 0;
  if (!input) return;
  if (input == forwards[0] || input == forwards[1])
    v->policy_dir = XFRM_POLICY_FWD;
  else if (input == delivers[0] || input == delivers[1])
    v->policy_dir = XFRM_POLICY_IN;
  else
    return;
  v->has |= PACKET_EVIDENCE_POLICY_DIR;
}

static __always_inline struct dst_entry* read_route_of(struct packet_evidence* v, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  v->routed = dst != 0;
  v->has |= PACKET_EVIDENCE_ROUTE;
  return dst;
}

static __always_inline void read_outbound(struct packet_evidence* v, struct sk_buff* skb) {
  struct dst_entry* dst = read_route_of(v, skb);
  if (dst) read_mtu(v, skb, dst);
  read_df(v, skb);
}

/* The addresses of both devices that a packet in clear is forwarded between: a tunnel may end there. */
static __always_inline void read_ends(struct packet_evidence* v, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  struct net_device *in = BPF_CORE_READ(skb, dev), *out = dst ? BPF_CORE_READ(dst, dev) : 0;
  if (v->secpath_len || !(v->has & PACKET_EVIDENCE_POLICY_DIR) || v->policy_dir != XFRM_POLICY_FWD || !in || !out)
    return;
  read_addresses(&v->ends[0], in);
  read_addresses(&v->ends[1], out);
  v->has |= PACKET_EVIDENCE_ENDS;
}

static __always_inline void read_packet_evidence(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct packet_evidence* v = &e->packet_evidence;
  struct sk_buff* skb = fetch_skb(ctx, site, e->mib);
  struct net* net = find_net(ctx, site, skb, e->mib);
  if (net) read_defaults(v, net);
  if (!skb) return;
  read_device_of(v, site->counter, skb);
  if (e->output || site->counter == XfrmFwdHdrError) {
    read_outbound(v, skb);
  } else {
    read_secpath(v, &e->search, skb);
    read_policy_dir(v, skb);
  }
  if (site->counter == XfrmInTmplMismatch) read_ends(v, skb);
  if (site->counter == XfrmInError) read_route_of(v, skb);
  if (site->counter == XfrmInStateProtoError) read_transform(v, e, skb);
  if (site->counter == XfrmInStateSeqError && e->state_at) read_replay(v, e);
  if (site->counter == XfrmInStateModeError) read_inner(v, skb);
}

#endif
