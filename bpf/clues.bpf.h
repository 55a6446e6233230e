/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads what the packet, its state and its netns say of an error. */
#ifndef XFRM_SNAP_CLUES_BPF_H
#define XFRM_SNAP_CLUES_BPF_H

#define RTAX_MTU_AT 1      /* RTAX_MTU - 1 */
#define METRICS_FLAGS 3ull /* DST_METRICS_FLAGS, in the pointer's low bits */
#define SMALLEST_ERROR 2   /* -1 is what many things are */
#define IP_DF 0x4000

/* Each failure of the integrity check has its own increment, under the state's lock: between two of them the state's
 * statistic grows by one or not at all. The mirror's row remembers where it stood. */
static __always_inline void note_integrity(struct error_record* e) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  struct state_kept* row;
  if (e->key.counter != XfrmInStateProtoError || !x) return;
  row = state_row_of(e->state_at);
  if (!row) return;
  e->clues.integrity_before = row->integrity_seen;
  e->clues.integrity_after = row->integrity_seen = BPF_CORE_READ(x, stats.integrity_failed);
  e->clues.has |= CLUE_INTEGRITY;
}

/* The function that counts is about to return an error number, which is then in a register. Believed where the
 * registers hold just one number of that kind. They are copied to where the stack will be: there is no room elsewhere.
 */
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
  e->clues.error = found;
  e->clues.has |= CLUE_ERROR;
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

static __always_inline void read_secpath(struct clues* c, struct search* s, struct sk_buff* skb) {
  struct sec_path* path = secpath_of(skb);
  __u32 i;
  c->has |= CLUE_SECPATH;
  c->verified = 0;
  if (!path) return;
  c->secpath_len = BPF_CORE_READ(path, len);
  if (bpf_core_field_exists(path->verified_cnt)) c->verified = BPF_CORE_READ(path, verified_cnt);
  bpf_core_read(s->path, sizeof(s->path), &path->xvec);
#pragma unroll
  for (i = 0; i < SECPATH_ROOM; i++)
    if (i < c->secpath_len && s->path[i]) read_secpath_row(&c->secpath[i], s->path[i]);
}

/* Layout of the bitmaps as in net/xfrm/xfrm_replay.c. */
static __always_inline void read_replay(struct clues* c, const struct error_record* e) {
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
  c->replay_seen = word >> (bit & 31) & 1;
  c->has |= CLUE_REPLAY;
}

/* A policy that is as the netns' default. An array since 5.17. */
static __always_inline void read_defaults(struct clues* c, struct net* net) {
  if (!bpf_core_field_exists(net->xfrm.policy_default)) return;
  if (bpf_core_field_size(net->xfrm.policy_default) != sizeof(c->default_policy)) return;
  bpf_core_read(c->default_policy, sizeof(c->default_policy), &net->xfrm.policy_default);
  c->has |= CLUE_DEFAULTS;
}

static __always_inline struct skb_shared_info* shared_info(struct sk_buff* skb) {
  return (void*)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
}

/* Packets that an skb will be cut into, or was made of. */
static __always_inline __u32 packets_of(struct sk_buff* skb) {
  __u16 segments = BPF_CORE_READ(shared_info(skb), gso_segs);
  return segments ? segments : 1;
}

/* The SA's own route has its MTU as a metric: what is left of the device's once ESP is around the packet. */
static __always_inline void read_mtu(struct clues* c, struct sk_buff* skb, struct dst_entry* dst) {
  __u64 metrics = BPF_CORE_READ(dst, _metrics) & ~METRICS_FLAGS;
  struct skb_shared_info* shared = shared_info(skb);
  if (!(c->has & CLUE_MTU)) bpf_probe_read_kernel(&c->mtu, sizeof(c->mtu), (__u32*)metrics + RTAX_MTU_AT);
  c->skb_len = BPF_CORE_READ(skb, len);
  c->gso_size = BPF_CORE_READ(shared, gso_size);
  c->gso_segs = BPF_CORE_READ(shared, gso_segs);
  if (c->mtu) c->has |= CLUE_MTU;
}

/* Where `data` is at the IP header, nothing is around it yet. */
static __always_inline void read_df(struct clues* c, struct sk_buff* skb) {
  unsigned char* head = BPF_CORE_READ(skb, head);
  unsigned char* data = BPF_CORE_READ(skb, data);
  struct iphdr ip;
  if (data - head != BPF_CORE_READ(skb, network_header)) return;
  if (bpf_probe_read_kernel(&ip, sizeof(ip), data) || ip.version != 4) return;
  c->df = (ip.frag_off & bpf_htons(IP_DF)) != 0;
  c->ignore_df = BPF_CORE_READ_BITFIELD_PROBED(skb, ignore_df);
  c->has |= CLUE_DF;
}

static __always_inline void read_inner(struct clues* c, struct sk_buff* skb) {
  if (!bpf_core_type_exists(struct xfrm_mode_skb_cb)) return;
  c->inner_proto = came_out(skb);
  c->has |= CLUE_INNER;
}

/* The lengths that ESP and AH go by. The transport header is theirs until they have succeeded; `data` may be there or
 * at the IP header. */
static __always_inline void read_transform(struct clues* c, const struct error_record* e, struct sk_buff* skb) {
  struct xfrm_state* x = (struct xfrm_state*)e->state_at;
  unsigned char* head = BPF_CORE_READ(skb, head);
  __u32 at = BPF_CORE_READ(skb, transport_header), data = BPF_CORE_READ(skb, data) - head;
  __u8 words = 0;
  if (!x || (e->packet.id.proto != PROTO_ESP && e->packet.id.proto != PROTO_AH)) return;
  c->transform_len = BPF_CORE_READ(skb, len) + data - at;
  c->header_len = BPF_CORE_READ(x, props.header_len);
  c->has |= CLUE_TRANSFORM;
  if (e->packet.id.proto != PROTO_AH) return;
  bpf_probe_read_kernel(&words, sizeof(words), head + at + __builtin_offsetof(struct ip_auth_hdr, hdrlen));
  c->ah_len = (words + 2) * 4;
}

/* Behind net_device, aligned to 32 bytes, lies what belongs to its kind: of an xfrm interface struct xfrm_if, which is
 * the same since Linux 4.19. It is believed where its second member leads back to the device. */
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

/* The VTI that a packet comes out of is its device only after the policy check; until then xfrm_input keeps the tunnel
 * in the packet's control block. Where something else is there, it leads to no device of that kind. */
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

static __always_inline void read_link(struct clues* c, struct net_device* dev) {
  const char* kind = dev ? BPF_CORE_READ(dev, rtnl_link_ops, kind) : 0;
  if (!kind) return;
  if (bpf_probe_read_kernel_str(c->link_kind, sizeof(c->link_kind), kind) < 0) return;
  c->has |= CLUE_LINK;
  if (is_xfrm_interface(c->link_kind)) c->link_if_id = interface_id(dev);
}

static __always_inline bool may_come_by_vti(__u32 counter) {
  return counter == XfrmInNoStates || counter == XfrmInNoPols || counter == XfrmInTmplMismatch;
}

static __always_inline void read_device_of(struct clues* c, __u32 counter, struct sk_buff* skb) {
  __u32 ikey = 0;
  struct net_device* vti = may_come_by_vti(counter) ? vti_of(skb, &ikey) : 0;
  read_link(c, vti ? vti : BPF_CORE_READ(skb, dev));
  if (!vti) return;
  bpf_probe_read_kernel_str(c->link_name, sizeof(c->link_name), BPF_CORE_READ(vti, name));
  c->ikey = ikey;
  c->has |= CLUE_IKEY;
}

/* What a route's `input` is where packets are forwarded, and where they stay; IPv4, IPv6. 0: not found. */
const volatile __u64 forwards[2], delivers[2];

/* Which policies a packet is held against goes by its route. */
static __always_inline void read_policy_dir(struct clues* c, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  __u64 input = dst ? (__u64)BPF_CORE_READ(dst, input) : 0;
  if (!input) return;
  if (input == forwards[0] || input == forwards[1])
    c->policy_dir = XFRM_POLICY_FWD;
  else if (input == delivers[0] || input == delivers[1])
    c->policy_dir = XFRM_POLICY_IN;
  else
    return;
  c->has |= CLUE_POLICY_DIR;
}

static __always_inline struct dst_entry* read_route_of(struct clues* c, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  c->routed = dst != 0;
  c->has |= CLUE_ROUTE;
  return dst;
}

static __always_inline void read_outbound(struct clues* c, struct sk_buff* skb) {
  struct dst_entry* dst = read_route_of(c, skb);
  if (dst) read_mtu(c, skb, dst);
  read_df(c, skb);
}

/* Where tunnels may end on both sides of a packet in clear that is forwarded. */
static __always_inline void read_ends(struct clues* c, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  struct net_device *in = BPF_CORE_READ(skb, dev), *out = dst ? BPF_CORE_READ(dst, dev) : 0;
  if (c->secpath_len || !(c->has & CLUE_POLICY_DIR) || c->policy_dir != XFRM_POLICY_FWD || !in || !out) return;
  read_addresses(&c->ends[0], in);
  read_addresses(&c->ends[1], out);
  c->has |= CLUE_ENDS;
}

static __always_inline void read_clues(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct clues* c = &e->clues;
  struct sk_buff* skb = fetch_skb(ctx, site, e->mib);
  struct net* net = find_net(ctx, site, skb, e->mib);
  if (net) read_defaults(c, net);
  if (!skb) return;
  read_device_of(c, site->counter, skb);
  if (e->output || site->counter == XfrmFwdHdrError) {
    read_outbound(c, skb);
  } else {
    read_secpath(c, &e->search, skb);
    read_policy_dir(c, skb);
  }
  if (site->counter == XfrmInTmplMismatch) read_ends(c, skb);
  if (site->counter == XfrmInError) read_route_of(c, skb);
  if (site->counter == XfrmInStateProtoError) read_transform(c, e, skb);
  if (site->counter == XfrmInStateSeqError && e->state_at) read_replay(c, e);
  if (site->counter == XfrmInStateModeError) read_inner(c, skb);
}

#endif
