/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checks the templates of a policy against the SAs that the packet came through, as the kernel does on the way in
 * (__xfrm_policy_check, xfrm_policy_ok, xfrm_state_ok), and notes in the event which one failed. User space compiles
 * this file too, for policies that the BPF side did not have at hand, and defines its own `current_event` before. The
 * functions are __noinline so that the verifier checks each of them once. */
#ifndef XFRM_SNAP_SECPATH_WALK_H
#define XFRM_SNAP_SECPATH_WALK_H

#ifdef __bpf__
#include "maps.bpf.h"
#endif

#include "branchless.h"
#include "records.h"

enum { MODE_TRANSPORT = 0, WALK_IPV6 = 10 /* AF_INET6 */ };
enum { WALK_ESP = 50, WALK_AH = 51, WALK_COMP = 108 };

/* 1 if the template restricts algorithms, which applies to ESP, AH and IPComp only. */
static __always_inline __u32 limits_algorithms(const struct template_row* t) {
  return (1 - is_set(t->allalgs)) &
         ((1 - unequal(t->proto, WALK_ESP)) | (1 - unequal(t->proto, WALK_AH)) | (1 - unequal(t->proto, WALK_COMP)));
}

/* The fields in which an SA differs from the template (enum differs). The helper SA that the kernel makes for IPComp
 * meets optional templates only. The kernel ignores the destination, and compares as many bytes of the source as the
 * addresses of the flow have; for a helper, as those of the template have. */
static __always_inline __u32 refusal(const struct template_row* t, const struct secpath_row* sa, __u32 if_id,
                                     __u16 family) {
  const __u32 *want = (const __u32*)t->saddr, *have = (const __u32*)sa->saddr;
  __u32 helper = is_set(sa->helper), optional = is_set(t->optional);
  __u32 v6 = 1 - unequal(helper * t->family + (1 - helper) * family, WALK_IPV6);
  __u32 set = is_set(want[0] | v6 * (want[1] | want[2] | want[3]));
  __u32 source = is_set((want[0] ^ have[0]) | v6 * ((want[1] ^ have[1]) | (want[2] ^ have[2]) | (want[3] ^ have[3])));
  __u32 ends = unequal(sa->mode, MODE_TRANSPORT) & set & source;
  __u32 algorithm = limits_algorithms(t) & (1 - (t->aalgos >> (sa->aalgo & 31) & 1));
  __u32 differs = unequal(t->mode, sa->mode) * DIFFERS_MODE |
                  (is_set(t->reqid) & unequal(t->reqid, sa->reqid)) * DIFFERS_REQID | ends * DIFFERS_SADDR |
                  (unequal(t->proto, sa->proto) | algorithm) * DIFFERS_PROTO |
                  (is_set(t->spi) & unequal(t->spi, sa->spi)) * DIFFERS_SPI |
                  (is_set(if_id) & unequal(if_id, sa->if_id)) * DIFFERS_IF_ID;
  return (1 - helper) * differs | (helper & ((1 - optional) | ends)) * DIFFERS_PROTO;
}

/* The same, given the numbers of the template and of the SA. */
__noinline int differs_in_secpath(__u32 at, __u32 sa) {
  struct error_record* e = current_event();
  if (!e || at >= TEMPLATES || sa >= XFRM_DEPTH) return 0;
  return refusal(&e->evidence.policy.tmpl[at], &e->packet_evidence.secpath[sa], e->evidence.policy.if_id,
                 e->evidence.policy.family);
}

static __always_inline __u32 lowest_bit(__u32 bits) {
  return bits & -bits;
}

/* Number of the only bit set, below 8. */
static __always_inline __u32 bit_number(__u32 bit) {
  return is_set(bit & 0xaa) | is_set(bit & 0xcc) << 1 | is_set(bit & 0xf0) << 2;
}

/* The SAs that a template may take, including the first one that stops the search. */
static __always_inline __u32 in_reach(const struct secpath_walk* w) {
  __u32 rest = w->present & -w->start, stop = lowest_bit(w->barriers & rest);
  return rest & ((is_set(stop) ? stop << 1 : 0x100) - 1);
}

static __always_inline void begin_walk(struct secpath_walk* w, const struct packet_evidence* c) {
  __u32 k;
  __builtin_memset(w, 0, sizeof(*w));
  w->start = 1;
  UNROLLED
  for (k = 0; k < XFRM_DEPTH; k++) {
    __u32 here = is_set(c->secpath_len > k), tunnel = here & unequal(c->secpath[k].mode, MODE_TRANSPORT);
    w->present |= here << k;
    w->tunnels |= tunnel << k;
    w->barriers |= (tunnel & is_set(k >= c->verified)) << k;
  }
}

/* Finds the SAs in reach that meet the template, and of the others the one that differs least. */
static __always_inline void hold_against_secpath(struct secpath_walk* w, __u32 at) {
  __u32 k, reach = in_reach(w);
  w->fits = 0;
  w->least = ~0u;
  w->nearest = NOT_IN_SECPATH;
  NOT_UNROLLED
  for (k = 0; k < XFRM_DEPTH; k++) {
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

/* Finds the template that no SA of the secpath meets, or the SA that no template asks for. The last template belongs to
 * the outermost SA, which is the first one of the secpath. */
__noinline int check_templates(void) {
  struct error_record* e = current_event();
  __u32 i, rest;
  if (!e || !(e->packet_evidence.has & PACKET_EVIDENCE_SECPATH)) return 0;
  begin_walk(&e->search.walk, &e->packet_evidence);
  NOT_UNROLLED
  for (i = TEMPLATES; i > 0; i--)
    if (i <= e->evidence.policy.templates && !pass_template(i - 1)) return 0;
  rest = e->search.walk.tunnels & -e->search.walk.start;
  if (rest) note_refused(e, e->evidence.policy.templates, bit_number(lowest_bit(rest)));
  return 0;
}

#endif
