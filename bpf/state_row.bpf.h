/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a state from the kernel into a row: names and key sizes of its algorithms, never the keys. */
#ifndef XFRM_SNAP_STATE_ROW_BPF_H
#define XFRM_SNAP_STATE_ROW_BPF_H

#include "address.bpf.h"
#include "compat.bpf.h"
#include "maps.bpf.h"
#include "operands.bpf.h"

/* Members that only older kernels have. */
struct xfrm_state_offload___before_5_19 {
  __u8 flags; /* XFRM_OFFLOAD_INBOUND: 2 */
} __attribute__((preserve_access_index));

struct xfrm_state___before_5_19 {
  struct xfrm_state_offload___before_5_19 xso;
} __attribute__((preserve_access_index));

/* GET, or 0 if this kernel has no such member. */
#define GET_IF_THERE(object, member) (bpf_core_field_exists((object)->member) ? GET(object, member) : 0)

/* The fields that `states` keeps, which a row of an event or a tombstone begins with. */
static __always_inline struct state_kept* kept_state(struct state_row* row) {
  _Static_assert(__builtin_offsetof(struct state_row, address) == __builtin_offsetof(struct state_kept, address), "");
  return (struct state_kept*)row;
}

static __always_inline void fill_live(struct state_live* live, struct xfrm_state* x, __u64 now_ns, bool typed) {
  struct xfrm_replay_state_esn* esn = GET(x, replay_esn);
  live->read_ns = now_ns;
  live->used.bytes = GET(x, curlft.bytes);
  live->used.packets = GET(x, curlft.packets);
  live->used.added_s = GET(x, curlft.add_time);
  live->used.used_s = GET(x, curlft.use_time);
  if (bpf_core_field_exists(x->lastused)) live->last_used_s = GET(x, lastused);
  live->seq = esn ? GET(esn, seq) : GET(x, replay.seq);
  live->oseq = esn ? GET(esn, oseq) : GET(x, replay.oseq);
  live->seq_hi = esn ? GET(esn, seq_hi) : 0;
  live->oseq_hi = esn ? GET(esn, oseq_hi) : 0;
  live->late = GET(x, stats.replay_window);
  live->replayed = GET(x, stats.replay);
  live->integrity_failed = GET(x, stats.integrity_failed);
  live->km_state = GET(x, km.state);
  live->dying = GET(x, km.dying);
}

static __always_inline void fill_algorithm(struct algorithm* a, const struct xfrm_algo* alg, __u16 kind, bool typed) {
  if (!alg) return;
  a->kind = kind;
  a->key_bits = GET(alg, alg_key_len);
  bpf_core_read_str(a->name, sizeof(a->name), &alg->alg_name);
}

static __always_inline void fill_algorithms(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct xfrm_algo_aead* aead = GET(x, aead);
  struct xfrm_algo_auth* auth = GET(x, aalg);
  fill_algorithm(&row->algorithm[0], (struct xfrm_algo*)aead, ALGORITHM_AEAD, typed);
  fill_algorithm(&row->algorithm[0], GET(x, ealg), ALGORITHM_ENC, typed);
  fill_algorithm(&row->algorithm[0], GET(x, calg), ALGORITHM_COMP, typed);
  fill_algorithm(&row->algorithm[1], (struct xfrm_algo*)auth, ALGORITHM_AUTH, typed);
  if (aead) row->algorithm[0].icv_bits = GET(aead, alg_icv_len);
  if (auth) row->algorithm[1].icv_bits = GET(auth, alg_trunc_len);
}

static __always_inline void fill_window(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct xfrm_replay_state_esn* esn = GET(x, replay_esn);
  row->small_window = GET(x, props.replay_window);
  row->window = esn ? GET(esn, replay_window) : row->small_window;
  row->bitmap_words = esn ? GET(esn, bmp_len) : 0;
  if (esn) row->has |= STATE_HAS_ESN;
}

static __always_inline void fill_encap(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct xfrm_encap_tmpl* encap = GET(x, encap);
  xfrm_address_t* coaddr = GET(x, coaddr);
  if (encap) {
    row->has |= STATE_HAS_ENCAP;
    row->encap_type = GET(encap, encap_type);
    row->encap_sport = GET(encap, encap_sport);
    row->encap_dport = GET(encap, encap_dport);
    row->max_age = GET_IF_THERE(x, mapping_maxage);
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

static __always_inline void fill_offload(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct net_device* dev = GET(x, xso.dev);
  struct xfrm_dev_offload* now = __builtin_preserve_access_index(&x->xso);
  if (!dev) return;
  row->has |= STATE_HAS_OFFLOAD;
  row->offload_ifindex = GET(dev, ifindex);
  row->offload_dir = offload_dir(x);
  if (bpf_core_field_exists(now->type)) row->offload_type = BPF_CORE_READ_BITFIELD_PROBED(now, type);
}

/* Members that only newer kernels have. */
static __always_inline void fill_newer(struct state_kept* row, struct xfrm_state* x, bool typed) {
  row->direction = GET_IF_THERE(x, dir);
  row->nat_keepalive = GET_IF_THERE(x, nat_keepalive_interval);
  if (!bpf_core_field_exists(x->pcpu_num)) return;
  row->pcpu = GET(x, pcpu_num);
  if (row->pcpu != ~0u) row->has |= STATE_HAS_PCPU;
}

static __always_inline void fill_netns(__u32* inum, __u64* born_ns, struct net* net, bool typed) {
  __u64 mib = mib_of(net);
  struct netns_row* ns = bpf_map_lookup_elem(&netns, &mib);
  *inum = GET(net, ns.inum);
  *born_ns = ns ? ns->born_ns : 0;
}

/* fill_address of a member of an object, see GET. */
#define FILL_ADDRESS(into, object, member, family)                                                                     \
  do {                                                                                                                 \
    if (typed)                                                                                                         \
      copy_typed_address(into, (object)->member, family);                                                              \
    else                                                                                                               \
      fill_address(into, __builtin_preserve_access_index(&(object)->member), family);                                  \
  } while (0)

#define copy_typed_address(into, from, family)                                                                         \
  do {                                                                                                                 \
    __u32* words = (__u32*)(into);                                                                                     \
    words[0] = (from).a6[0];                                                                                           \
    words[1] = (family) == AF_INET ? 0 : (from).a6[1];                                                                 \
    words[2] = (family) == AF_INET ? 0 : (from).a6[2];                                                                 \
    words[3] = (family) == AF_INET ? 0 : (from).a6[3];                                                                 \
  } while (0)

static __always_inline void fill_selector(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct flow_selector* sel = &row->sel;
  if (!typed) {
    bpf_core_read(sel, sizeof(*sel), &x->sel);
    return;
  }
  copy_typed_address(sel->daddr, x->sel.daddr, 0);
  copy_typed_address(sel->saddr, x->sel.saddr, 0);
  sel->dport = x->sel.dport;
  sel->dport_mask = x->sel.dport_mask;
  sel->sport = x->sel.sport;
  sel->sport_mask = x->sel.sport_mask;
  sel->family = x->sel.family;
  sel->prefixlen_d = x->sel.prefixlen_d;
  sel->prefixlen_s = x->sel.prefixlen_s;
  sel->proto = x->sel.proto;
  sel->ifindex = x->sel.ifindex;
  sel->user = x->sel.user;
}

static __always_inline void fill_limits(struct state_kept* row, struct xfrm_state* x, bool typed) {
  struct life_limits* limits = &row->limits;
  if (!typed) {
    bpf_core_read(limits, sizeof(*limits), &x->lft);
    return;
  }
  limits->soft_bytes = x->lft.soft_byte_limit;
  limits->hard_bytes = x->lft.hard_byte_limit;
  limits->soft_packets = x->lft.soft_packet_limit;
  limits->hard_packets = x->lft.hard_packet_limit;
  limits->soft_add_s = x->lft.soft_add_expires_seconds;
  limits->hard_add_s = x->lft.hard_add_expires_seconds;
  limits->soft_use_s = x->lft.soft_use_expires_seconds;
  limits->hard_use_s = x->lft.hard_use_expires_seconds;
}

/* Fills in the configuration. `row` is empty, or already of this state. */
static __always_inline void fill_state(struct state_kept* row, struct xfrm_state* x, bool typed) {
  fill_netns(&row->netns, &row->born_ns, GET(x, xs_net.net), typed);
  row->has = 0;
  row->family = GET(x, props.family);
  FILL_ADDRESS(row->saddr, x, props.saddr, row->family);
  FILL_ADDRESS(row->daddr, x, id.daddr, row->family);
  row->spi = GET(x, id.spi);
  row->proto = GET(x, id.proto);
  row->reqid = GET(x, props.reqid);
  row->mode = GET(x, props.mode);
  row->mark = GET(x, mark.v);
  row->mark_mask = GET(x, mark.m);
  row->if_id = GET(x, if_id);
  row->flags = GET(x, props.flags);
  row->extra_flags = GET(x, props.extra_flags);
  row->set_mark = GET(x, props.smark.v);
  row->set_mark_mask = GET(x, props.smark.m);
  row->tfcpad = GET(x, tfcpad);
  row->acquire_seq = GET(x, km.seq);
  row->integrity_seen = GET(x, stats.integrity_failed);
  fill_selector(row, x, typed);
  fill_limits(row, x, typed);
  if (GET(x, security)) row->has |= STATE_HAS_SECURITY;
  fill_window(row, x, typed);
  fill_encap(row, x, typed);
  fill_offload(row, x, typed);
  fill_newer(row, x, typed);
  fill_algorithms(row, x, typed);
}

const struct state_row empty_state = {};
/* A new row: its odd version says that it is being written. */
const struct state_row unsettled_state = {.version = 1};

static __always_inline struct state_kept* state_row_of(__u64 x) {
  return bpf_map_lookup_elem(&states, &x);
}

#endif
