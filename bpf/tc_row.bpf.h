/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads qdiscs, filters and BPF programs of tc from the kernel. */
#ifndef XFRM_SNAP_TC_ROW_BPF_H
#define XFRM_SNAP_TC_ROW_BPF_H

#include "compat.bpf.h"
#include "tc.h"

/* Classifiers are modules, and 5.10 has no BTF for modules: these offsets have not changed since 4.20.
 * struct cls_bpf_prog { filter; link; res; bool exts_integrated; gen_flags; in_hw_count; exts; handle; u16 bpf_num_ops;
 * bpf_ops; bpf_name; ... } */
#define CLS_BPF_EXTS_INTEGRATED 40
#define CLS_BPF_EXTS 56
#define TCF_RESULT_SIZE 16

/* The first eight bytes of a name as a number. */
#define WORD4(a, b, c, d) ((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24)
#define WORD8(a, b, c, d, e, f, g, h) (WORD4(a, b, c, d) | WORD4(e, f, g, h) << 32)
#define KIND_BPF WORD4('b', 'p', 'f', 0)
#define KIND_U32 WORD4('u', '3', '2', 0)
#define KIND_FW WORD4('f', 'w', 0, 0)
#define KIND_BASIC WORD8('b', 'a', 's', 'i', 'c', 0, 0, 0)
#define KIND_MATCHALL WORD8('m', 'a', 't', 'c', 'h', 'a', 'l', 'l')

static __always_inline __u64 kind_word(const struct tc_program* p) {
  return *(const __u64*)p->kind;
}

static __always_inline __u64 exts_size(void) {
  return bpf_core_type_size(struct tcf_exts);
}

static __always_inline __u32 read_u32(__u64 address) {
  __u32 value = 0;
  bpf_probe_read_kernel(&value, sizeof(value), (const void*)address);
  return value;
}

static __always_inline __u64 read_u64(__u64 address) {
  __u64 value = 0;
  bpf_probe_read_kernel(&value, sizeof(value), (const void*)address);
  return value;
}

/* Address of the handle of a filter; 0: not known for this classifier. */
static __always_inline __u64 handle_at(__u64 kind, __u64 filter) {
  if (kind == KIND_BPF) return filter + CLS_BPF_EXTS + exts_size();
  if (kind == KIND_U32 || kind == KIND_FW) return filter + 8; /* behind the pointer to the next filter */
  if (kind == KIND_BASIC) return filter;
  if (kind == KIND_MATCHALL) return filter + exts_size() + TCF_RESULT_SIZE;
  return 0;
}

/* `asked`: the handle in the request; 0: the classifier chooses one. */
static __always_inline void read_handle(struct tc_program* p, __u64 filter, __u32 asked) {
  __u64 at = handle_at(kind_word(p), filter);
  p->handle = at ? read_u32(at) : asked;
  if (p->handle)
    p->flags |= TC_HAS_HANDLE;
  else
    p->object = filter;
}

/* A classic BPF program has no id. */
static __always_inline void read_prog(struct tc_program* p, struct bpf_prog* prog) {
  struct bpf_prog_aux* aux = BPF_CORE_READ(prog, aux);
  p->prog_id = BPF_CORE_READ(aux, id);
  if (!p->prog_id) return;
  p->flags |= TC_HAS_PROG;
  bpf_core_read_str(p->name, sizeof(p->name), &aux->name);
  bpf_core_read(p->tag, sizeof(p->tag), &prog->tag);
}

static __always_inline void read_cls_bpf(struct tc_program* p, __u64 filter) {
  __u8 direct = 0;
  bpf_probe_read_kernel(&direct, 1, (const void*)(filter + CLS_BPF_EXTS_INTEGRATED));
  if (direct) p->flags |= TC_DIRECT;
  read_prog(p, (struct bpf_prog*)read_u64(filter));
}

static __always_inline void read_label(char* label, const struct tc_program* p, __u64 filter) {
  __u64 behind = filter + CLS_BPF_EXTS + exts_size();
  if (kind_word(p) == KIND_BPF) bpf_probe_read_kernel_str(label, TC_LABEL_SIZE, (const void*)read_u64(behind + 16));
}

/* The sides of clsact are ffff:fff2 and ffff:fff3; a request may name an ingress qdisc by ffff: or by ffff:fff2. */
static __always_inline __u32 plain_parent(__u32 parent) {
  if (parent >> 16 != TC_INGRESS >> 16) return parent;
  return parent == TC_EGRESS ? TC_EGRESS : TC_INGRESS;
}

static __always_inline void read_filter(struct tc_program* p, struct tcf_proto* tp, __u64 filter, __u32 asked) {
  p->what = TC_FILTER;
  p->prio = BPF_CORE_READ(tp, prio) >> 16;
  p->protocol = BPF_CORE_READ(tp, protocol);
  p->chain = BPF_CORE_READ(tp, chain, index);
  BPF_CORE_READ_STR_INTO(&p->kind, tp, ops, kind);
  read_handle(p, filter, asked);
  if (kind_word(p) == KIND_BPF) read_cls_bpf(p, filter);
}

static __always_inline void read_qdisc(struct tc_program* p, struct Qdisc* q) {
  p->what = TC_QDISC;
  p->object = (__u64)q;
  p->parent = BPF_CORE_READ(q, parent);
  p->handle = BPF_CORE_READ(q, handle);
  p->flags = TC_HAS_HANDLE;
  BPF_CORE_READ_STR_INTO(&p->kind, q, ops, id);
}

/* The kernel lists hash tables of u32 among its filters; they classify nothing. */
static __always_inline bool is_table(const struct tc_program* p) {
  return kind_word(p) == KIND_U32 && !(p->handle & 0xfff);
}

static __always_inline struct tc_key tc_key_of(const struct tc_program* p, __u32 netns, __u32 ifindex) {
  struct tc_key key = {.object = p->object, .what = p->what};
  if (p->what == TC_QDISC) return key; /* its address alone identifies it, even after its device is gone */
  key.netns = netns;
  key.ifindex = ifindex;
  key.parent = p->parent;
  if (p->what != TC_FILTER) return key;
  key.chain = p->chain;
  key.prio = p->prio;
  key.handle = p->handle;
  return key;
}

static __always_inline __u32 is_egress(const struct tc_program* p) {
  return p->parent != TC_INGRESS && p->parent != 0xffff0000u && p->parent != 0xfffffff1u;
}

static __always_inline struct net_device* qdisc_device(struct Qdisc* q) {
  return BPF_CORE_READ(q, dev_queue, dev);
}

#define QDISC_BUCKETS 16
#define QDISCS_PER_BUCKET 16 /* on average */

struct qdisc_search {
  __u64 table, node, found;
  __u32 handle, parent;
  __u8 bucket;
};

/* Visits one node of the hash table, or the next bucket. True at the end. */
static __always_inline bool visit_qdisc(struct qdisc_search* s) {
  struct Qdisc* q = (void*)(s->node - bpf_core_field_offset(struct Qdisc, hash));
  if (s->node && (s->handle ? BPF_CORE_READ(q, handle) == s->handle : BPF_CORE_READ(q, parent) == s->parent)) {
    s->found = (__u64)q;
    return true;
  }
  if (s->node) {
    s->node = read_u64(s->node);
    return false;
  }
  s->bucket = any_of(s->bucket + 1);
  if (s->bucket >= QDISC_BUCKETS) return true;
  s->node = read_u64(s->table + s->bucket * sizeof(s->node));
  return false;
}

/* Finds a qdisc below the root by its handle, or by its parent if the handle is 0. */
__noinline __u64 inner_qdisc(__u64 dev, __u32 handle, __u32 parent) {
  struct qdisc_search s = {.handle = handle, .parent = parent};
  s.table = dev + bpf_core_field_offset(struct net_device, qdisc_hash);
  s.node = read_u64(s.table);
  REPEAT(QDISC_BUCKETS + QDISC_BUCKETS * QDISCS_PER_BUCKET, visit_qdisc(&s));
  return s.found;
}

/* The qdisc that a request names. */
static __always_inline __u64 asked_qdisc(struct net_device* dev, const struct tcmsg* t) {
  struct Qdisc* root = BPF_CORE_READ(dev, qdisc);
  if (t->tcm_parent == TC_ROOT) return (__u64)root;
  if (t->tcm_parent == TC_QDISC_INGRESS) return (__u64)BPF_CORE_READ(dev, ingress_queue, qdisc_sleeping);
  if (!t->tcm_parent && BPF_CORE_READ(root, handle) == t->tcm_handle) return (__u64)root;
  return inner_qdisc((__u64)dev, t->tcm_parent ? 0 : t->tcm_handle, t->tcm_parent);
}

/* The private part of a device, which is a member of net_device only since 6.11. */
static __always_inline __u64 private_of(struct net_device* dev) {
  return (__u64)dev + ((bpf_core_type_size(struct net_device) + 31) & ~31ull);
}

#define DEVICES_PER_BUCKET 64
#define DEVICE_BUCKETS 256 /* NETDEV_HASHENTRIES */

/* The device of `node`, if it has this ifindex; otherwise steps to the next node. */
static __always_inline __u64 visit_device(__u64* node, __u32 ifindex) {
  struct net_device* dev = (void*)(*node - bpf_core_field_offset(struct net_device, index_hlist));
  if (BPF_CORE_READ(dev, ifindex) == ifindex) return (__u64)dev;
  *node = read_u64(*node);
  return 0;
}

static __always_inline struct net_device* device_at(struct net* net, __u32 ifindex) {
  struct hlist_head* head = BPF_CORE_READ(net, dev_index_head);
  __u64 node = read_u64((__u64)(head + ifindex % DEVICE_BUCKETS)), found = 0;
  REPEAT(DEVICES_PER_BUCKET, !node || (found = visit_device(&node, ifindex)));
  return (struct net_device*)found;
}

#endif
