/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Resolves the templates of a policy to SAs as the kernel does on the way out (xfrm_tmpl_resolve_one, xfrm_state_find),
 * and notes in the event which one failed. The way in: secpath_walk.h. */
#ifndef XFRM_SNAP_TEMPLATES_BPF_H
#define XFRM_SNAP_TEMPLATES_BPF_H

#include "packet.bpf.h"
#include "state_search.bpf.h"

enum { MODE_TUNNEL = 1, MODE_BEET = 4, MODE_IPTFS = 5 };

static __always_inline bool has_own_ends(const struct template_row* t) {
  return t->mode == MODE_TUNNEL || t->mode == MODE_BEET || t->mode == MODE_IPTFS;
}

/* The first template starts from the ends of the flow itself. */
static __always_inline void begin_wanted(struct wanted* w, const struct error_record* e) {
  w->netns = e->key.netns;
  w->family = address_family(e->packet.id.family);
  copy_address(w->daddr, e->packet.id.daddr);
  copy_address(w->saddr, e->packet.id.saddr);
  w->by_route = 0;
}

/* The ends of the SA: those of the template, or of the template before. */
static __always_inline void set_ends(struct wanted* w, const struct template_row* t) {
  if (!has_own_ends(t)) return;
  w->family = t->family;
  copy_address(w->daddr, t->daddr);
  copy_address(w->saddr, t->saddr);
  if (w->family == AF_INET) {
    __builtin_memset(w->daddr + 4, 0, 12);
    __builtin_memset(w->saddr + 4, 0, 12);
  }
  w->by_route = 1 - address_set(w->saddr);
}

static __always_inline void set_wanted(struct wanted* w, const struct template_row* t,
                                       const struct policy_row* policy) {
  set_ends(w, t);
  w->mark = policy->mark & policy->mark_mask;
  w->if_id = policy->if_id;
  w->spi = t->spi;
  w->reqid = t->reqid;
  w->proto = t->proto;
  w->mode = t->mode;
}

static __always_inline void consider_dst(struct search* s, __u8 proto) {
  s->key = dst_key(s->wanted.netns, s->wanted.family, proto, s->wanted.daddr);
  consider(true);
}

static __always_inline void note_failed(struct error_record* e, __u32 at, const struct wanted* w) {
  struct evidence* v = &e->evidence;
  v->has |= EVIDENCE_TEMPLATE;
  v->template_at = at;
  v->secpath_at = NOT_IN_SECPATH;
  v->want_family = w->family;
  copy_address(v->want_daddr, w->daddr);
  copy_address(v->want_saddr, w->saddr);
  e->search.failed = *w;
}

#define NO_TEMPLATE TEMPLATES

/* If the kernel takes the source from its route, it is not known: a state that meets the template otherwise may have
 * another source, and the template may be the one that failed. */
struct outcome {
  __u32 failed;  /* the first template that no state meets; NO_TEMPLATE: none */
  __u32 suspect; /* the first one whose state may have another source */
};

/* `at` counts the templates of both policies. There is room for all: the kernel refuses more than TEMPLATES. */
static __always_inline void note_met(struct search* s, __u32 at) {
  at += s->met_before;
  if (at < TEMPLATES) s->met[at] = s->state;
}

static __always_inline __u64 met_by(const struct search* s, __u32 at) {
  at += s->met_before;
  return at < TEMPLATES ? s->met[at] : 0;
}

static __always_inline void try_template(struct error_record* e, __u32 at, struct outcome* out) {
  const struct template_row* t = &e->evidence.policy.tmpl[at];
  struct search* s = &e->search;
  struct wanted before = s->wanted;
  set_wanted(&s->wanted, t, &e->evidence.policy);
  s->distance = NO_CANDIDATE;
  consider_dst(s, s->wanted.proto);
  if (!s->distance) {
    note_met(s, at);
    if (!s->wanted.by_route || out->suspect != NO_TEMPLATE || out->failed != NO_TEMPLATE) return;
    out->suspect = at;
    note_failed(e, at, &s->wanted);
  } else if (t->optional) {
    s->wanted = before;
  } else if (out->failed == NO_TEMPLATE) {
    out->failed = at;
    note_failed(e, at, &s->wanted);
  }
}

/* Finds the state nearest to the template that failed, except those that meet other templates of the policy. */
static __always_inline void consider_failed(struct search* s, const struct policy_row* policy) {
  static const __u8 protos[] = {PROTO_ESP, PROTO_AH, PROTO_COMP};
  __u32 i, k, others = 0;
  s->wanted = s->failed;
  s->excluding = 1;
  s->distance = NO_CANDIDATE;
  consider_dst(s, s->wanted.proto);
  if (s->distance != NO_CANDIDATE) return;
#pragma clang loop unroll(disable)
  for (i = 0; i < TEMPLATES; i++) {
    if (i >= policy->templates) break;
    for (k = 0; k < sizeof(protos); k++)
      others |= (1 - unequal(policy->tmpl[i].proto, protos[k])) << k;
  }
#pragma clang loop unroll(disable)
  for (k = 0; k < sizeof(protos); k++)
    if (!(others >> k & 1)) consider_dst(s, protos[k]);
}

/* Finds the template that failed, and the state nearest to it. A template that a state meets can only have failed if
 * the kernel looked for another source address. */
__noinline int resolve_templates(void) {
  struct error_record* e = current_event();
  struct outcome out = {.failed = NO_TEMPLATE, .suspect = NO_TEMPLATE};
  struct search* s;
  __u32 i;
  if (!e) return 0;
  s = &e->search;
  s->excluding = 0;
  s->distance = NO_CANDIDATE;
  begin_wanted(&s->wanted, e);
#pragma clang loop unroll(disable)
  for (i = 0; i < TEMPLATES; i++) {
    if (i >= e->evidence.policy.templates) break;
    try_template(e, i, &out);
  }
  if (out.failed != NO_TEMPLATE) {
    consider_failed(s, &e->evidence.policy);
  } else if (out.suspect < TEMPLATES) {
    s->state = met_by(s, out.suspect);
    s->wanted = s->failed;
    s->differs = DIFFERS_SADDR;
    s->distance = OTHER_SOURCE;
  }
  return 1;
}

#endif
