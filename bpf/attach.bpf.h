/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaches rows of the mirror to the event: a state, a policy, a tombstone. */
#ifndef XFRM_SNAP_ATTACH_BPF_H
#define XFRM_SNAP_ATTACH_BPF_H

#include "policy_hooks.bpf.h"
#include "state_row.bpf.h"
#include "tombstone.bpf.h"

/* The same object still lives at the address. */
static __always_inline bool is_still(const struct state_kept* row, struct xfrm_state* x) {
  __u8 daddr[16] __attribute__((aligned(8)));
  fill_address(daddr, __builtin_preserve_access_index(&x->id.daddr), row->family);
  return BPF_CORE_READ(x, id.spi) == row->spi && BPF_CORE_READ(x, id.proto) == row->proto &&
         !addresses_differ(daddr, row->daddr) && BPF_CORE_READ(x, xs_net.net, ns.inum) == row->netns;
}

/* True if a row was copied whole. */
static __always_inline bool copy_row(struct state_row* to, struct state_kept* row) {
  const __u32 before = begin_read(&row->version);
  __builtin_memcpy(to, row, sizeof(*row));
  __builtin_memset(&to->removed, 0, sizeof(to->removed));
  return end_read(&row->version, before);
}

/* The mirror's row, with what changes per packet read from the object. */
__noinline int attach_state(__u64 address) {
  struct error_record* e = current_event();
  struct evidence* v = e ? &e->evidence : 0;
  struct xfrm_state* x = (struct xfrm_state*)address;
  struct state_kept* row = state_row_of(address);
  if (!v) return false;
  if (row && copy_row(&v->state, row)) {
    v->state.live.read_ns = 0;
    if (is_still(kept_state(&v->state), x)) fill_live(&v->state.live, x, bpf_ktime_get_ns(), false);
  } else if (owns(BPF_CORE_READ(x, xs_net.net), e->mib)) {
    /* The mirror has no room for it, or is just changing it. */
    bpf_probe_read_kernel(&v->state, sizeof(v->state), &empty_state);
    fill_state(kept_state(&v->state), x, false);
    fill_live(&v->state.live, x, bpf_ktime_get_ns(), false);
  } else {
    return false;
  }
  v->has |= EVIDENCE_STATE;
  return true;
}

/* For `show`: reads all of the object, as long as it is the same one. */
static __always_inline bool read_whole(struct state_reading* r, struct xfrm_state* x) {
  struct xfrm_replay_state_esn* esn = BPF_CORE_READ(x, replay_esn);
  __u32 bytes = r->row.bitmap_words * 4;
  if (!is_still(kept_state(&r->row), x)) return false;
  fill_state(kept_state(&r->row), x, false);
  fill_live(&r->row.live, x, bpf_ktime_get_ns(), false);
  if (bytes > sizeof(r->bitmap)) bytes = sizeof(r->bitmap);
  if (esn)
    bpf_core_read(r->bitmap, bytes, &esn->bmp);
  else
    bpf_core_read(r->bitmap, sizeof(r->bitmap[0]), &x->replay.bitmap);
  return true;
}

__noinline int attach_policy(__u64 address) {
  struct error_record* e = current_event();
  struct evidence* v = e ? &e->evidence : 0;
  struct xfrm_policy* policy = (struct xfrm_policy*)address;
  struct policy_kept* row = policy_row_of(address);
  if (!v) return false;
  if (row && copy_policy(&v->policy, row)) {
    complete_policy(&v->policy, policy);
  } else if (owns(BPF_CORE_READ(policy, xp_net.net), e->mib)) {
    bpf_probe_read_kernel(&v->policy, sizeof(v->policy), &empty_policy);
    fill_policy(kept_policy(&v->policy), policy, policy_direction(policy));
    fill_templates(&v->policy, policy);
  } else {
    return false;
  }
  v->has |= EVIDENCE_POLICY;
  return true;
}

/* The tombstone with this time of removal, unless it is of an earlier netns with the same inode number. */
__noinline int attach_tombstone(__u32 slot, __u64 removed_ns) {
  struct error_record* e = current_event();
  struct state_row *row = bpf_map_lookup_elem(&deleted, &slot), *copy;
  __u32 before;
  if (!e) return false;
  copy = &e->evidence.deleted;
  if (!row || row->born_ns != e->key.born_ns) return false;
  before = begin_read(&row->version);
  __builtin_memcpy(copy, row, sizeof(*row));
  if (!end_read(&row->version, before) || copy->removed.ns != removed_ns) {
    e->search.torn = 1;
    return false;
  }
  e->evidence.has |= EVIDENCE_DELETED;
  return true;
}

#endif
