/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Searches the mirror for the state nearest to what a packet or a template asks for. */
#ifndef XFRM_SNAP_STATE_SEARCH_BPF_H
#define XFRM_SNAP_STATE_SEARCH_BPF_H

#include "address.bpf.h"
#include "branchless.h"
#include "packet.h"
#include "state_index.bpf.h"
#include "state_row.bpf.h"

/* On the way in the kernel looks states up by destination, SPI, protocol and mark. */
static __always_inline __u32 differs_from_packet(const struct state_kept* row, const struct wanted* w) {
  return unequal(w->mark & row->mark_mask, row->mark) * DIFFERS_MARK |
         (addresses_differ(w->daddr, row->daddr) | unequal(w->family, row->family)) * DIFFERS_DADDR;
}

/* Word `word` of the mask of a prefix of `bits` bits, in network order. Like everything below without a branch, see
 * `unequal`. */
static __always_inline __u32 prefix_mask(__s32 bits, __s32 word) {
  __s32 n = bits - 32 * word, over;
  barrier_var(n);
  n &= ~(n >> 31);
  over = n - 32;
  barrier_var(over);
  n -= over & ~(over >> 31);
  return bpf_htonl((__u32)(0xffffffff00000000ull >> (n & 63)));
}

/* Not unrolled: four words at once would need too much of the stack. */
static __always_inline __u32 prefixes_differ(const struct flow_selector* sel, const struct packet_id* flow) {
  const __u32 *src = (const __u32*)flow->saddr, *dst = (const __u32*)flow->daddr;
  const __u32 *sel_src = (const __u32*)sel->saddr, *sel_dst = (const __u32*)sel->daddr;
  __u32 differ = 0, i;
#pragma clang loop unroll(disable)
  for (i = 0; i < 4; i++)
    differ |= ((src[i] ^ sel_src[i]) & prefix_mask(sel->prefixlen_s, i)) |
              ((dst[i] ^ sel_dst[i]) & prefix_mask(sel->prefixlen_d, i));
  return is_set(differ);
}

/* 1 if a state's selector does not take the flow (xfrm_state_look_at): a selector without a family takes all. */
static __always_inline __u32 is_outside(const struct flow_selector* sel, const struct packet* flow) {
  __u32 known = is_set(flow->flags & PACKET_FOUND);
  __u32 ports = is_set(flow->flags & (PACKET_HAS_PORTS | PACKET_HAS_ICMP));
  __u32 differs = unequal(sel->family, address_family(flow->id.family)) | prefixes_differ(sel, &flow->id) |
                  (is_set(sel->proto) & unequal(sel->proto, flow->id.proto)) |
                  (is_set(sel->ifindex) & unequal((__u32)sel->ifindex, flow->ifindex));
  differs |= ports & is_set(((bpf_htons(flow->sport) ^ sel->sport) & sel->sport_mask) |
                            ((bpf_htons(flow->dport) ^ sel->dport) & sel->dport_mask));
  return known & is_set(sel->family) & differs;
}

/* Distances. An SA that differs in its selector only is nearer than any that differs otherwise. */
#define LARVAL 1
#define OTHER_SOURCE 98 /* it differs only in the source address, which the kernel took from its route */
#define NO_CANDIDATE 99

static __always_inline __u32 distance_of(__u32 differs, __u64 state) {
  __u32 others = differs & ~DIFFERS_SELECTOR;
  return 4 * count_bits(others) + 2 * is_set(differs & DIFFERS_SELECTOR) +
         LARVAL * unequal(BPF_CORE_READ((struct xfrm_state*)state, km.state), XFRM_STATE_VALID);
}

/* A candidate is the address of a state, or the number of a tombstone. The functions that compare candidates are
 * global, so that the verifier checks them once and their stack frames do not add up. */
static __always_inline const struct state_kept* candidate_row(__u64 candidate) {
  __u32 slot = candidate;
  if (candidate >= TOMBSTONES) return state_row_of(candidate);
  return bpf_map_lookup_elem(&deleted, &slot);
}

/* The fields in which a candidate differs from the template. */
__noinline int differs_from_template(__u64 candidate) {
  const struct state_kept* row = candidate_row(candidate);
  struct error_record* e = current_event();
  const struct wanted* w;
  __u32 saddr;
  if (!row || !e) return 0;
  w = &e->search.wanted;
  saddr = address_set(w->saddr) & address_set(row->saddr) & addresses_differ(w->saddr, row->saddr);
  return unequal(w->reqid, row->reqid) * DIFFERS_REQID | unequal(w->mode, row->mode) * DIFFERS_MODE |
         unequal(w->mark & row->mark_mask, row->mark) * DIFFERS_MARK | unequal(w->if_id, row->if_id) * DIFFERS_IF_ID |
         (is_set(w->spi) & unequal(w->spi, row->spi)) * DIFFERS_SPI |
         addresses_differ(w->daddr, row->daddr) * DIFFERS_DADDR | saddr * DIFFERS_SADDR |
         unequal(w->proto, row->proto) * DIFFERS_PROTO |
         (is_set(row->direction) & unequal(row->direction, STATE_DIR_OUT)) * DIFFERS_DIR;
}

/* DIFFERS_SELECTOR, or 0. */
__noinline int differs_from_flow(__u64 candidate) {
  const struct state_kept* row = candidate_row(candidate);
  struct error_record* e = current_event();
  return row && e ? is_outside(&row->sel, &e->packet) * DIFFERS_SELECTOR : 0;
}

/* 1 if it is a larval state. Its selector is the flow that it was made for, yet it stands for other flows, too. */
static __always_inline __u32 is_larval(__u64 candidate) {
  if (candidate < TOMBSTONES) return 0;
  return 1 - unequal(BPF_CORE_READ((struct xfrm_state*)candidate, km.state), XFRM_STATE_ACQ);
}

/* On the way out: the fields in which a candidate differs from the template and from the flow. */
static __always_inline __u32 differs_outbound(__u64 candidate) {
  return differs_from_template(candidate) | (differs_from_flow(candidate) & (is_larval(candidate) - 1));
}

/* 1 if the state already meets another template of the policy. */
static __always_inline __u32 is_excluded(const struct search* s, __u64 state) {
  __u32 same = 0, i;
#pragma unroll
  for (i = 0; i < TEMPLATES; i++)
    same |= 1 - unequal(s->met[i], state);
  return s->excluding & same;
}

/* Without a branch, see `unequal`. */
static __always_inline void list_candidate(struct search* s, __u64 x) {
  s->candidate[s->candidates & (2 * INDEX_SLOTS - 1)] = x;
  s->candidates += is_set(x);
}

/* Lists the states under the key of the search. */
__noinline int list_candidates(void) {
  struct error_record* e = current_event();
  struct index_bucket bucket;
  struct search* s;
  __u32 i;
  if (!e) return 0;
  s = &e->search;
  s->candidates = 0;
  __builtin_memset(s->candidate, 0, sizeof(s->candidate));
  if (!find_bucket(&bucket, index_key(&s->key))) return 0;
#pragma clang loop unroll(disable)
  for (i = 0; i < INDEX_SLOTS; i++) {
    list_candidate(s, state_of_entry(bucket.row[0]->state[i], bucket.tag));
    list_candidate(s, state_of_entry(bucket.row[1]->state[i], bucket.tag));
  }
  return 0;
}

static __always_inline void consider_listed(struct search* s, bool template) {
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < INDEX_SLOTS; i++) {
    __u64 x = s->candidate[i];
    struct state_kept* row;
    __u32 differs, distance;
    row = x ? state_row_of(x) : 0;
    if (!row) continue;
    differs = template ? differs_outbound(x) : differs_from_packet(row, &s->wanted);
    distance = distance_of(differs, x) + NO_CANDIDATE * is_foreign(row, &s->key);
    if (template) distance += NO_CANDIDATE * is_excluded(s, x);
    if (distance >= s->distance) continue;
    s->state = x;
    s->differs = differs;
    s->distance = distance;
  }
}

/* Looks for the best of the states under the key of the search. */
__noinline int consider(__u32 template) {
  struct error_record* e = current_event();
  if (!e) return 0;
  list_candidates();
  if (template)
    consider_listed(&e->search, true);
  else
    consider_listed(&e->search, false);
  return 0;
}

#endif
