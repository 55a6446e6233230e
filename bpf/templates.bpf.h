/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walks over the templates of a policy as the kernel does, and notes in the event which one failed: on the way out by
 * the SAs that it looks for (xfrm_tmpl_resolve_one, xfrm_state_find), on the way in by those that the packet came
 * through
 * (__xfrm_policy_check, xfrm_policy_ok, xfrm_state_ok). */
#ifndef XFRM_SNAP_TEMPLATES_BPF_H
#define XFRM_SNAP_TEMPLATES_BPF_H

enum { MODE_TRANSPORT = 0, MODE_TUNNEL = 1, MODE_BEET = 4, MODE_IPTFS = 5 };

static __always_inline bool has_own_ends(const struct template_row* t) {
  return t->mode == MODE_TUNNEL || t->mode == MODE_BEET || t->mode == MODE_IPTFS;
}

/* --- on the way out --- */

/* The first template is for the ends of the flow itself. */
static __always_inline void begin_wanted(struct wanted* w, const struct error_record* e) {
  w->netns = e->key.netns;
  w->family = address_family(e->packet.id.family);
  copy_address(w->daddr, e->packet.id.daddr);
  copy_address(w->saddr, e->packet.id.saddr);
  w->by_route = 0;
}

/* The ends of the SA: the template's own, or those of the template before. */
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

/* What a template with a state that meets it goes on with: its ends are those of the next ones. A source that the
 * kernel takes from its route is not known: the state may be for another one, and the template the one that failed. */
#define NOBODY TEMPLATES

struct outcome {
  __u32 failed;  /* the first template that no state meets; NOBODY: none */
  __u32 suspect; /* the first one whose state may be for another source */
};

/* Together the two policies have fewer templates than there is room for, or the kernel takes none of them. */
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
    if (!s->wanted.by_route || out->suspect != NOBODY || out->failed != NOBODY) return;
    out->suspect = at;
    note_failed(e, at, &s->wanted);
  } else if (t->optional) {
    s->wanted = before;
  } else if (out->failed == NOBODY) {
    out->failed = at;
    note_failed(e, at, &s->wanted);
  }
}

/* The nearest state to the template that failed, those left out that other templates of the policy are for. */
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

/* Finds the template that failed, and in the search the nearest state to it. A template that a state meets may have
 * failed only where the kernel looked for another source address. */
__noinline int resolve_templates(void) {
  struct error_record* e = current_event();
  struct outcome out = {.failed = NOBODY, .suspect = NOBODY};
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
  if (out.failed != NOBODY) {
    consider_failed(s, &e->evidence.policy);
  } else if (out.suspect < TEMPLATES) {
    s->state = met_by(s, out.suspect);
    s->wanted = s->failed;
    s->differs = DIFFERS_SADDR;
    s->distance = OTHER_SOURCE;
  }
  return 1;
}

/* --- on the way in --- */

/* In what an SA is not what the template asks for. The helper that the kernel makes for IPComp meets optional templates
 * alone. The kernel does not look at the destination, and of the source at as many bytes as the flow's addresses have.
 */
static __always_inline __u32 refusal(const struct template_row* t, const struct secpath_row* sa, __u32 if_id,
                                     __u16 family) {
  const __u32 *want = (const __u32*)t->saddr, *have = (const __u32*)sa->saddr;
  __u32 v6 = 1 - unequal(family, AF_INET6);
  __u32 set = is_set(want[0] | v6 * (want[1] | want[2] | want[3]));
  __u32 source = is_set((want[0] ^ have[0]) | v6 * ((want[1] ^ have[1]) | (want[2] ^ have[2]) | (want[3] ^ have[3])));
  __u32 ends = unequal(sa->mode, MODE_TRANSPORT) & set & source;
  __u32 algorithm = (1 - is_set(t->allalgs)) & (1 - (t->aalgos >> (sa->aalgo & 31) & 1));
  __u32 helper = is_set(sa->helper), optional = is_set(t->optional);
  __u32 differs = unequal(t->mode, sa->mode) * DIFFERS_MODE |
                  (is_set(t->reqid) & unequal(t->reqid, sa->reqid)) * DIFFERS_REQID | ends * DIFFERS_SADDR |
                  (unequal(t->proto, sa->proto) | algorithm) * DIFFERS_PROTO |
                  (is_set(t->spi) & unequal(t->spi, sa->spi)) * DIFFERS_SPI |
                  (is_set(if_id) & unequal(if_id, sa->if_id)) * DIFFERS_IF_ID;
  return (1 - helper) * differs | (helper & ((1 - optional) | ends)) * DIFFERS_PROTO;
}

/* The same by the numbers of the template and of the SA. */
__noinline int differs_in_secpath(__u32 at, __u32 sa) {
  struct error_record* e = current_event();
  if (!e || at >= TEMPLATES || sa >= SECPATH_ROOM) return 0;
  return refusal(&e->evidence.policy.tmpl[at], &e->clues.secpath[sa], e->evidence.policy.if_id,
                 e->evidence.policy.family);
}

static __always_inline __u32 lowest_bit(__u32 bits) {
  return bits & -bits;
}

/* Number of a bit that stands alone, below 8. */
static __always_inline __u32 bit_number(__u32 bit) {
  return is_set(bit & 0xaa) | is_set(bit & 0xcc) << 1 | is_set(bit & 0xf0) << 2;
}

/* SAs that a template may have, the first one that stops the search included. */
static __always_inline __u32 in_reach(const struct secpath_walk* w) {
  __u32 rest = w->present & -w->start, stop = lowest_bit(w->barriers & rest);
  return rest & ((is_set(stop) ? stop << 1 : 0x100) - 1);
}

static __always_inline void begin_walk(struct secpath_walk* w, const struct clues* c, __u32 verified) {
  __u32 k;
  __builtin_memset(w, 0, sizeof(*w));
  w->start = 1;
#pragma unroll
  for (k = 0; k < SECPATH_ROOM; k++) {
    __u32 here = is_set(c->secpath_len > k), tunnel = here & unequal(c->secpath[k].mode, MODE_TRANSPORT);
    w->present |= here << k;
    w->tunnels |= tunnel << k;
    w->barriers |= (tunnel & is_set(k >= verified)) << k;
  }
}

/* Finds which of the SAs in reach meet the template, and which of the others differs least. */
static __always_inline void hold_against_secpath(struct secpath_walk* w, __u32 at) {
  __u32 k, reach = in_reach(w);
  w->fits = 0;
  w->least = NO_CANDIDATE;
  w->nearest = NOT_IN_SECPATH;
#pragma clang loop unroll(disable)
  for (k = 0; k < SECPATH_ROOM; k++) {
    __u32 differs = differs_in_secpath(at, k), distance = count_bits(differs);
    if (!(reach >> k & 1)) continue;
    w->fits |= (1 - is_set(differs)) << k;
    if (distance >= w->least) continue;
    w->least = distance;
    w->nearest = k;
  }
}

static __always_inline void note_refused(struct error_record* e, __u32 at, __u32 sa) {
  struct evidence* v = &e->evidence;
  v->has |= EVIDENCE_TEMPLATE;
  v->template_at = at;
  v->secpath_at = sa;
  v->differs = at < v->policy.templates ? differs_in_secpath(at, sa) : 0;
}

/* True if the template is met, or need not be. */
__noinline int pass_template(__u32 at) {
  struct error_record* e = current_event();
  const struct template_row* t;
  struct secpath_walk* w;
  if (!e || at >= TEMPLATES) return true;
  t = &e->evidence.policy.tmpl[at];
  w = &e->search.walk;
  if (t->optional && t->mode == MODE_TRANSPORT) return true;
  hold_against_secpath(w, at);
  if (w->fits) {
    w->start = lowest_bit(w->fits) << 1;
    return true;
  }
  if (t->optional) return true;
  note_refused(e, at, w->nearest);
  return false;
}

/* Finds the template that no SA of the secpath meets, or the SA that no template asks for. The last template is that of
 * the outermost SA, which is the first one of the secpath. */
__noinline int check_templates(void) {
  struct error_record* e = current_event();
  __u32 i, rest;
  if (!e || !(e->clues.has & CLUE_SECPATH)) return 0;
  begin_walk(&e->search.walk, &e->clues, e->search.verified);
#pragma clang loop unroll(disable)
  for (i = TEMPLATES; i > 0; i--)
    if (i <= e->evidence.policy.templates && !pass_template(i - 1)) return 0;
  rest = e->search.walk.tunnels & -e->search.walk.start;
  if (rest) note_refused(e, e->evidence.policy.templates, bit_number(lowest_bit(rest)));
  return 0;
}

#endif
