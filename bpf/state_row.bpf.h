/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a state of the kernel into a row. Of its algorithms the names and sizes, never the keys. */
#ifndef XFRM_SNAP_STATE_ROW_BPF_H
#define XFRM_SNAP_STATE_ROW_BPF_H

/* Members that came after the oldest kernels, or went. */
struct xfrm_state_offload___before_5_19 {
  __u8 flags; /* XFRM_OFFLOAD_INBOUND: 2 */
} __attribute__((preserve_access_index));

struct xfrm_state___before_5_19 {
  struct xfrm_state_offload___before_5_19 xso;
} __attribute__((preserve_access_index));

/* Member by its name, or 0 where this kernel's type has none. */
#define READ_IF_THERE(object, member) (bpf_core_field_exists((object)->member) ? BPF_CORE_READ(object, member) : 0)

/* A row is written in place. Readers look at the version before and after. */
#define begin_write(row) __sync_fetch_and_add(&(row)->version, 1)
#define end_write(row) __sync_fetch_and_add(&(row)->version, 1)

static __always_inline void fill_live(struct state_live* live, struct xfrm_state* x) {
  struct xfrm_replay_state_esn* esn = BPF_CORE_READ(x, replay_esn);
  live->read_ns = bpf_ktime_get_ns();
  bpf_core_read(&live->used, sizeof(live->used), &x->curlft);
  if (bpf_core_field_exists(x->lastused)) live->last_used_s = BPF_CORE_READ(x, lastused);
  live->seq = esn ? BPF_CORE_READ(esn, seq) : BPF_CORE_READ(x, replay.seq);
  live->oseq = esn ? BPF_CORE_READ(esn, oseq) : BPF_CORE_READ(x, replay.oseq);
  live->seq_hi = esn ? BPF_CORE_READ(esn, seq_hi) : 0;
  live->oseq_hi = esn ? BPF_CORE_READ(esn, oseq_hi) : 0;
  live->late = BPF_CORE_READ(x, stats.replay_window);
  live->replayed = BPF_CORE_READ(x, stats.replay);
  live->integrity_failed = BPF_CORE_READ(x, stats.integrity_failed);
  live->km_state = BPF_CORE_READ(x, km.state);
  live->dying = BPF_CORE_READ(x, km.dying);
}

static __always_inline void fill_algorithm(struct algorithm* a, const struct xfrm_algo* alg, __u16 kind) {
  if (!alg) return;
  a->kind = kind;
  a->key_bits = BPF_CORE_READ(alg, alg_key_len);
  bpf_core_read_str(a->name, sizeof(a->name), &alg->alg_name);
}

static __always_inline void fill_algorithms(struct state_row* row, struct xfrm_state* x) {
  struct xfrm_algo_aead* aead = BPF_CORE_READ(x, aead);
  struct xfrm_algo_auth* auth = BPF_CORE_READ(x, aalg);
  fill_algorithm(&row->algorithm[0], (struct xfrm_algo*)aead, ALGORITHM_AEAD);
  fill_algorithm(&row->algorithm[0], BPF_CORE_READ(x, ealg), ALGORITHM_ENC);
  fill_algorithm(&row->algorithm[0], BPF_CORE_READ(x, calg), ALGORITHM_COMP);
  fill_algorithm(&row->algorithm[1], (struct xfrm_algo*)auth, ALGORITHM_AUTH);
  if (aead) row->algorithm[0].icv_bits = BPF_CORE_READ(aead, alg_icv_len);
  if (auth) row->algorithm[1].icv_bits = BPF_CORE_READ(auth, alg_trunc_len);
}

static __always_inline void fill_window(struct state_row* row, struct xfrm_state* x) {
  struct xfrm_replay_state_esn* esn = BPF_CORE_READ(x, replay_esn);
  row->small_window = BPF_CORE_READ(x, props.replay_window);
  row->window = esn ? BPF_CORE_READ(esn, replay_window) : row->small_window;
  row->bitmap_words = esn ? BPF_CORE_READ(esn, bmp_len) : 0;
  if (esn) row->has |= STATE_HAS_ESN;
}

static __always_inline void fill_encap(struct state_row* row, struct xfrm_state* x) {
  struct xfrm_encap_tmpl* encap = BPF_CORE_READ(x, encap);
  xfrm_address_t* coaddr = BPF_CORE_READ(x, coaddr);
  if (encap) {
    row->has |= STATE_HAS_ENCAP;
    row->encap_type = BPF_CORE_READ(encap, encap_type);
    row->encap_sport = BPF_CORE_READ(encap, encap_sport);
    row->encap_dport = BPF_CORE_READ(encap, encap_dport);
    row->max_age = READ_IF_THERE(x, mapping_maxage);
    bpf_core_read(row->encap_oa, sizeof(row->encap_oa), &encap->encap_oa);
  }
  if (coaddr) {
    row->has |= STATE_HAS_COADDR;
    bpf_probe_read_kernel(row->coaddr, sizeof(row->coaddr), coaddr);
  }
}

static __always_inline __u8 offload_dir(struct xfrm_state* x) {
  struct xfrm_dev_offload* now = __builtin_preserve_access_index(&x->xso);
  struct xfrm_state___before_5_19* before = (void*)x;
  if (bpf_core_field_exists(now->dir)) return BPF_CORE_READ_BITFIELD_PROBED(now, dir);
  return bpf_core_field_exists(before->xso.flags) ? 2 - (BPF_CORE_READ(before, xso.flags) >> 1 & 1) : 0;
}

static __always_inline void fill_offload(struct state_row* row, struct xfrm_state* x) {
  struct net_device* dev = BPF_CORE_READ(x, xso.dev);
  struct xfrm_dev_offload* now = __builtin_preserve_access_index(&x->xso);
  if (!dev) return;
  row->has |= STATE_HAS_OFFLOAD;
  row->offload_ifindex = BPF_CORE_READ(dev, ifindex);
  row->offload_dir = offload_dir(x);
  if (bpf_core_field_exists(now->type)) row->offload_type = BPF_CORE_READ_BITFIELD_PROBED(now, type);
}

/* What only newer kernels have. */
static __always_inline void fill_newer(struct state_row* row, struct xfrm_state* x) {
  row->direction = READ_IF_THERE(x, dir);
  row->nat_keepalive = READ_IF_THERE(x, nat_keepalive_interval);
  if (!bpf_core_field_exists(x->pcpu_num)) return;
  row->pcpu = BPF_CORE_READ(x, pcpu_num);
  if (row->pcpu != ~0u) row->has |= STATE_HAS_PCPU;
}

static __always_inline void fill_netns(__u32* inum, __u64* born_ns, struct net* net) {
  __u64 mib = mib_of(net);
  struct netns_row* ns = bpf_map_lookup_elem(&netns, &mib);
  *inum = BPF_CORE_READ(net, ns.inum);
  *born_ns = ns ? ns->born_ns : 0;
}

#define AF_INET 2
#define AF_INET6 10

/* Of an IPv4 address the kernel looks at the first four bytes, and keeps what the others were. */
static __always_inline void fill_address(__u8* into, const xfrm_address_t* from, __u16 family) {
  bpf_probe_read_kernel(into, 16, from);
  if (family == AF_INET) __builtin_memset(into + 4, 0, 12);
}

/* The configuration. `row` was empty, or is this state's. */
static __always_inline void fill_state(struct state_row* row, struct xfrm_state* x) {
  fill_netns(&row->netns, &row->born_ns, BPF_CORE_READ(x, xs_net.net));
  row->has = 0;
  row->family = BPF_CORE_READ(x, props.family);
  fill_address(row->saddr, __builtin_preserve_access_index(&x->props.saddr), row->family);
  fill_address(row->daddr, __builtin_preserve_access_index(&x->id.daddr), row->family);
  row->spi = BPF_CORE_READ(x, id.spi);
  row->proto = BPF_CORE_READ(x, id.proto);
  row->reqid = BPF_CORE_READ(x, props.reqid);
  row->mode = BPF_CORE_READ(x, props.mode);
  row->mark = BPF_CORE_READ(x, mark.v);
  row->mark_mask = BPF_CORE_READ(x, mark.m);
  row->if_id = BPF_CORE_READ(x, if_id);
  row->flags = BPF_CORE_READ(x, props.flags);
  row->extra_flags = BPF_CORE_READ(x, props.extra_flags);
  row->set_mark = BPF_CORE_READ(x, props.smark.v);
  row->set_mark_mask = BPF_CORE_READ(x, props.smark.m);
  row->tfcpad = BPF_CORE_READ(x, tfcpad);
  row->acquire_seq = BPF_CORE_READ(x, km.seq);
  bpf_core_read(&row->sel, sizeof(row->sel), &x->sel);
  bpf_core_read(&row->limits, sizeof(row->limits), &x->lft);
  if (BPF_CORE_READ(x, security)) row->has |= STATE_HAS_SECURITY;
  fill_window(row, x);
  fill_encap(row, x);
  fill_offload(row, x);
  fill_newer(row, x);
  fill_algorithms(row, x);
}

#endif
