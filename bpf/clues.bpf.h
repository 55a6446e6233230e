/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads what the packet, its state and its netns say of an error. */
#ifndef XFRM_SNAP_CLUES_BPF_H
#define XFRM_SNAP_CLUES_BPF_H

#define RTAX_MTU_AT 1      /* RTAX_MTU - 1 */
#define METRICS_FLAGS 3ull /* DST_METRICS_FLAGS, in the pointer's low bits */
#define REGISTERS 15       /* the first words of pt_regs: those that a program computes with */
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
  row->family = BPF_CORE_READ(x, props.family);
  fill_address(row->saddr, __builtin_preserve_access_index(&x->props.saddr), row->family);
  fill_address(row->daddr, __builtin_preserve_access_index(&x->id.daddr), row->family);
  row->spi = BPF_CORE_READ(x, id.spi);
  row->reqid = BPF_CORE_READ(x, props.reqid);
  row->if_id = BPF_CORE_READ(x, if_id);
  row->netns = BPF_CORE_READ(x, xs_net.net, ns.inum);
  row->proto = BPF_CORE_READ(x, id.proto);
  row->mode = BPF_CORE_READ(x, props.mode);
}

static __always_inline void read_secpath(struct clues* c, struct sk_buff* skb) {
  struct sec_path* path = secpath_of(skb);
  __u64 states[SECPATH_ROOM] = {};
  __u32 i;
  c->has |= CLUE_SECPATH;
  if (!path) return;
  c->secpath_len = BPF_CORE_READ(path, len);
  bpf_core_read(states, sizeof(states), &path->xvec);
#pragma unroll
  for (i = 0; i < SECPATH_ROOM; i++)
    if (i < c->secpath_len && states[i]) read_secpath_row(&c->secpath[i], states[i]);
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

/* The SA's own route has its MTU as a metric: what is left of the device's once ESP is around the packet. */
static __always_inline void read_mtu(struct clues* c, struct sk_buff* skb, struct dst_entry* dst) {
  __u64 metrics = BPF_CORE_READ(dst, _metrics) & ~METRICS_FLAGS;
  struct skb_shared_info* shared = (void*)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
  bpf_probe_read_kernel(&c->mtu, sizeof(c->mtu), (__u32*)metrics + RTAX_MTU_AT);
  c->skb_len = BPF_CORE_READ(skb, len);
  c->gso_size = BPF_CORE_READ(shared, gso_size);
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
  __u32 at;
  if (!bpf_core_type_exists(struct xfrm_mode_skb_cb)) return;
  at = bpf_core_field_offset(struct xfrm_mode_skb_cb, protocol);
  bpf_probe_read_kernel(&c->inner_proto, 1, (__u8*)__builtin_preserve_access_index(&skb->cb[0]) + at);
  c->has |= CLUE_INNER;
}

static __always_inline void read_outbound(struct clues* c, struct sk_buff* skb) {
  struct dst_entry* dst = skb_dst_entry(skb);
  c->routed = dst != 0;
  c->has |= CLUE_ROUTE;
  if (dst) read_mtu(c, skb, dst);
  read_df(c, skb);
}

static __always_inline void read_clues(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  struct clues* c = &e->clues;
  struct sk_buff* skb = fetch_skb(ctx, site, e->mib);
  struct net* net = find_net(ctx, site, skb, e->mib);
  if (net) read_defaults(c, net);
  if (!skb) return;
  if (site->output || site->counter == XfrmFwdHdrError)
    read_outbound(c, skb);
  else
    read_secpath(c, skb);
  if (site->counter == XfrmInStateSeqError && e->state_at) read_replay(c, e);
  if (site->counter == XfrmInStateModeError) read_inner(c, skb);
}

#endif
