/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a policy from the kernel into a row. */
#ifndef XFRM_SNAP_POLICY_ROW_BPF_H
#define XFRM_SNAP_POLICY_ROW_BPF_H

#include "row_version.h"
#include "state_row.bpf.h"

static __always_inline void fill_template(struct template_row* t, struct xfrm_tmpl* from) {
  bpf_core_read(t->daddr, sizeof(t->daddr), &from->id.daddr);
  bpf_core_read(t->saddr, sizeof(t->saddr), &from->saddr);
  t->spi = BPF_CORE_READ(from, id.spi);
  t->proto = BPF_CORE_READ(from, id.proto);
  t->family = BPF_CORE_READ(from, encap_family);
  t->reqid = BPF_CORE_READ(from, reqid);
  t->mode = BPF_CORE_READ(from, mode);
  t->share = BPF_CORE_READ(from, share);
  t->optional = BPF_CORE_READ(from, optional);
  t->allalgs = BPF_CORE_READ(from, allalgs);
  t->aalgos = BPF_CORE_READ(from, aalgos);
  t->ealgos = BPF_CORE_READ(from, ealgos);
  t->calgos = BPF_CORE_READ(from, calgos);
}

static __always_inline void fill_policy_offload(struct policy_kept* row, struct xfrm_policy* policy) {
  struct xfrm_dev_offload* xdo = __builtin_preserve_access_index(&policy->xdo);
  struct net_device* dev;
  if (!bpf_core_field_exists(policy->xdo)) return; /* before 6.2 */
  dev = BPF_CORE_READ(policy, xdo.dev);
  if (!dev) return;
  row->offload_ifindex = BPF_CORE_READ(dev, ifindex);
  row->offload_dir = BPF_CORE_READ_BITFIELD_PROBED(xdo, dir);
  row->offload_type = BPF_CORE_READ_BITFIELD_PROBED(xdo, type);
}

/* The fields that `policies` keeps, which a row of an event begins with. */
static __always_inline struct policy_kept* kept_policy(struct policy_row* row) {
  _Static_assert(__builtin_offsetof(struct policy_row, tmpl) == __builtin_offsetof(struct policy_kept, tmpl), "");
  return (struct policy_kept*)row;
}

static __always_inline struct xfrm_tmpl* template_at(struct xfrm_policy* policy, __u32 i) {
  struct xfrm_tmpl* templates = __builtin_preserve_access_index(&policy->xfrm_vec[0]);
  return (void*)templates + i * bpf_core_type_size(struct xfrm_tmpl);
}

/* `direction` is a parameter since the policy does not contain it before it has its index. */
static __always_inline void fill_policy(struct policy_kept* row, struct xfrm_policy* policy, __u8 direction) {
  __u32 i;
  fill_netns(&row->netns, &row->born_ns, BPF_CORE_READ(policy, xp_net.net), false);
  row->index = BPF_CORE_READ(policy, index);
  row->priority = BPF_CORE_READ(policy, priority);
  row->mark = BPF_CORE_READ(policy, mark.v);
  row->mark_mask = BPF_CORE_READ(policy, mark.m);
  row->if_id = BPF_CORE_READ(policy, if_id);
  row->family = BPF_CORE_READ(policy, family);
  row->direction = direction;
  row->type = BPF_CORE_READ(policy, type);
  row->action = BPF_CORE_READ(policy, action);
  row->flags = BPF_CORE_READ(policy, flags);
  row->has_security = BPF_CORE_READ(policy, security) != 0;
  row->templates = BPF_CORE_READ(policy, xfrm_nr);
  row->generation = BPF_CORE_READ(policy, genid.counter);
  bpf_core_read(&row->sel, sizeof(row->sel), &policy->selector);
  bpf_core_read(&row->limits, sizeof(row->limits), &policy->lft);
  bpf_core_read(&row->used, sizeof(row->used), &policy->curlft);
  fill_policy_offload(row, policy);
#pragma unroll
  for (i = 0; i < TEMPLATES_KEPT; i++)
    if (i < row->templates) fill_template(&row->tmpl[i], template_at(policy, i));
}

/* The templates that rows of the map have no room for. */
static __always_inline void fill_templates(struct policy_row* row, struct xfrm_policy* policy) {
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = TEMPLATES_KEPT; i < TEMPLATES; i++) {
    if (i >= row->templates) break;
    fill_template(&row->tmpl[i], template_at(policy, i));
  }
}

/* Copies a row of the map; false: it was being written. */
static __always_inline bool copy_policy(struct policy_row* to, struct policy_kept* row) {
  const __u32 before = begin_read(&row->version);
  __builtin_memcpy(to, row, sizeof(*row));
  return end_read(&row->version, before);
}

/* Adds what only the policy in the kernel has. */
static __always_inline void complete_policy(struct policy_row* to, struct xfrm_policy* policy) {
  bpf_core_read(&to->used, sizeof(to->used), &policy->curlft);
  __builtin_memset(&to->removed, 0, sizeof(to->removed));
  fill_templates(to, policy);
}

/* XFRM_POLICY_IN, OUT, FWD, or one of these + 3 for a socket's. */
static __always_inline __u8 policy_direction(struct xfrm_policy* policy) {
  return BPF_CORE_READ(policy, index) & 7;
}

#endif
