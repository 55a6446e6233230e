/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks up an error in the mirror: the SA that the packet holds, or the nearest to what it asks for, the policy, and
 * the tombstone that fits. */
#ifndef XFRM_SNAP_EVIDENCE_BPF_H
#define XFRM_SNAP_EVIDENCE_BPF_H

#include "attach.bpf.h"
#include "secpath_walk.h"
#include "state_search.bpf.h"
#include "templates.bpf.h"
#include "tombstone.bpf.h"

/* The mirror's hooks are attached. */
const volatile bool mirroring;

/* The tombstone with the packet's mark, or else the last one with its destination and SPI. */
__noinline int find_tombstone(__u32 mark) {
  struct error_record* e = current_event();
  const __u64 number = e ? index_key(&e->search.key) : 0;
  __u32 first, i, best = 0;
  const struct tombstone_slots_row* slots = tombstone_slots_of(number, &first);
  __u64 newest = 0;
  if (!e || !slots) return 0;
#pragma clang loop unroll(disable)
  for (i = 0; i < SLOT_TOMBSTONES; i++) {
    __u64 at = slots->removed[i], rank;
    __u32 slot = first + i;
    struct state_row* row;
    if (!at || (at >> 8 & 0xffff) != number >> 48) continue;
    row = bpf_map_lookup_elem(&deleted, &slot);
    if (!row) continue;
    rank = row->removed.ns | (__u64)(1 - unequal(mark & row->mark_mask, row->mark)) << 63;
    rank *= 1 - is_foreign(kept_state(row), &e->search.key);
    if (rank <= newest) continue;
    newest = rank;
    best = slot;
  }
  if (newest) attach_tombstone(best, newest & ~(1ull << 63));
  return 0;
}

/* The last tombstone with the identity of the SA that the packet holds: its own if it is dead, or that of the SA whose
 * place it took. */
__noinline int find_own_tombstone(void) {
  struct error_record* e = current_event();
  const struct state_row* row = e ? &e->evidence.state : 0;
  if (!row) return 0;
  if (e->key.counter != XfrmInStateProtoError && row->live.km_state != XFRM_STATE_DEAD) return 0;
  e->search.key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  return find_tombstone(row->mark);
}

static __always_inline void attach_best_state(struct error_record* e) {
  struct evidence* v = &e->evidence;
  if (e->search.distance == NO_CANDIDATE || !attach_state(e->search.state)) {
    v->match = mirror_incomplete || e->search.torn ? MATCH_UNKNOWN : MATCH_NONE;
    return;
  }
  v->match = e->search.differs ? MATCH_NEAREST : MATCH_EXACT;
  v->differs = e->search.differs;
}

/* A packet that names its SA. */
static __always_inline void look_for_packet(struct error_record* e) {
  const struct packet_id* id = &e->packet.id;
  struct search* s = &e->search;
  struct wanted* w = &s->wanted;
  s->distance = NO_CANDIDATE;
  w->netns = e->key.netns;
  w->mark = e->packet_evidence.has & PACKET_EVIDENCE_IKEY ? e->packet_evidence.ikey : e->packet.mark;
  w->spi = id->spi;
  w->proto = id->proto;
  w->family = address_family(id->family);
  copy_address(w->daddr, id->daddr);
  s->key = id_key(w->netns, w->family, w->proto, w->daddr, w->spi);
  consider(false);
  if (s->distance == NO_CANDIDATE || s->differs) {
    find_tombstone(w->mark);
    s->key = spi_key(w->netns, w->proto, w->spi);
    consider(false);
  }
  attach_best_state(e);
}

/* Raised because no SA was found: an SA that the packet carries did not fail. */
static __always_inline bool found_no_state(__u32 counter) {
  return counter == XfrmInNoStates || counter == XfrmOutNoStates;
}

/* The removal of the SA, or its predecessor, explains why it refuses the packet. */
static __always_inline bool asks_for_past(__u32 counter) {
  return counter == XfrmInStateInvalid || counter == XfrmOutStateInvalid || counter == XfrmInStateProtoError;
}

static __always_inline void no_evidence(struct evidence* v) {
  __builtin_memset(v, 0, __builtin_offsetof(struct evidence, state));
}

static __always_inline bool can_look_up(const struct error_record* e) {
  return mirroring && e->key.netns;
}

/* A template makes the kernel look for an SA on the way out only. */
static __always_inline bool has_outbound_template(const struct evidence* v) {
  if (!(v->has & EVIDENCE_POLICY) || v->policy.direction % SOCKET_DIRECTIONS != XFRM_POLICY_OUT) return false;
  return v->policy.templates || v->policy.type == XFRM_POLICY_TYPE_SUB;
}

/* No SA met a template, and the compiled code no longer has the policy: nothing can be looked up. */
static __always_inline bool template_unknown(const struct error_record* e) {
  return (e->key.counter == XfrmOutNoStates || e->key.counter == XfrmOutPolError) &&
         !(e->evidence.has & EVIDENCE_POLICY);
}

/* The existing SA has the wrong source: a tombstone with the same source explains nothing. */
static __always_inline bool has_useless_source(const struct search* s, const struct state_kept* gone) {
  struct state_kept* row = s->distance == OTHER_SOURCE ? state_row_of(s->state) : 0;
  return row && !addresses_differ(row->saddr, gone->saddr);
}

/* The last tombstone of the wanted destination, if that SA met the template. */
__noinline int find_tombstone_for(void) {
  struct error_record* e = current_event();
  struct state_key key;
  const struct wanted* w;
  const struct last_tombstone* tombstone;
  struct state_row* row;
  __u64 removed_ns;
  __u32 slot;
  if (!e) return 0;
  w = &e->search.wanted;
  key = id_key(w->netns, w->family, w->proto, w->daddr, w->reqid);
  tombstone = last_tombstone_of(&key, index_key(&key), false);
  if (!tombstone) return 0;
  slot = tombstone->slot;
  removed_ns = tombstone->removed_ns;
  row = bpf_map_lookup_elem(&deleted, &slot);
  if (!row || removed_ns < e->evidence.policy.added.ns) return 0; /* removed before the policy was added */
  if (!differs_outbound(slot) && !has_useless_source(&e->search, kept_state(row))) attach_tombstone(slot, removed_ns);
  return 0;
}

static __always_inline bool is_sub(const struct evidence* v) {
  return v->has & EVIDENCE_POLICY && v->policy.type == XFRM_POLICY_TYPE_SUB;
}

/* The pointer behind a policy of type sub is believed to be the main policy if the mirror has it and it takes the flow
 * that the kernel looks up: with the if_id of the sub policy. */
__noinline int attach_main_policy(void) {
  struct error_record* e = current_event();
  struct policy_kept* row = e ? policy_row_of(e->search.main_at) : 0;
  if (!row || row->type != XFRM_POLICY_TYPE_MAIN || row->direction != XFRM_POLICY_OUT) return false;
  if (row->action == XFRM_POLICY_BLOCK || !row->templates || row->netns != e->key.netns) return false;
  if (row->if_id != e->evidence.policy.if_id || (e->packet.mark & row->mark_mask) != row->mark) return false;
  if (!(e->packet.flags & PACKET_FOUND) || is_outside(&row->sel, &e->packet)) return false;
  return attach_policy(e->search.main_at);
}

/* The kernel resolves the templates of a policy of type sub first, then those of the main one, again for the flow
 * itself. True if the template that failed is known. */
static __always_inline bool resolve_main(struct error_record* e) {
  struct evidence* v = &e->evidence;
  if (v->has & EVIDENCE_TEMPLATE) return e->search.distance != OTHER_SOURCE;
  e->search.met_before = v->policy.templates;
  return attach_main_policy() && resolve_templates() && v->has & EVIDENCE_TEMPLATE;
}

static __always_inline void forget_template(struct evidence* v) {
  v->has &= ~EVIDENCE_TEMPLATE;
  v->match = MATCH_UNKNOWN;
}

/* An outbound packet: the templates of its policy ask for SAs. */
static __always_inline void look_for_template(struct error_record* e) {
  bool sub = e->key.counter == XfrmOutNoStates && is_sub(&e->evidence);
  e->search.met_before = 0;
  __builtin_memset(e->search.met, 0, sizeof(e->search.met));
  resolve_templates();
  if (sub && !resolve_main(e)) return forget_template(&e->evidence);
  if (e->search.distance > LARVAL) find_tombstone_for();
  attach_best_state(e);
}

/* An inbound packet that came through SAs, one of which does not match its policy. */
static __always_inline void check_secpath(struct error_record* e) {
  struct evidence* v = &e->evidence;
  __u64 state;
  check_templates();
  if (!(v->has & EVIDENCE_TEMPLATE) || v->secpath_at >= TEMPLATES) return;
  state = e->search.path[v->secpath_at];
  if (state) e->state_at = state;
}

static __always_inline void look_up_mirror(struct error_record* e) {
  struct evidence* v = &e->evidence;
  if (!can_look_up(e)) return;
  e->search.torn = 0;
  if (e->policy_at) attach_policy(e->policy_at);
  if (e->key.counter == XfrmInTmplMismatch && v->has & EVIDENCE_POLICY && !is_sub(v)) check_secpath(e);
  if (!found_no_state(e->key.counter) && e->state_at && attach_state(e->state_at)) {
    v->match = MATCH_HELD;
    if (asks_for_past(e->key.counter)) find_own_tombstone();
  } else if (has_outbound_template(v)) {
    look_for_template(e);
  } else if (!(e->packet.flags & PACKET_IS_FLOW) && e->packet.flags & PACKET_HAS_SPI) {
    look_for_packet(e);
  } else if (!template_unknown(e)) {
    v->match = MATCH_NONE;
  }
}

#endif
