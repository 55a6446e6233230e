/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks up what the mirror knows of an error: the SA that the packet holds, or the nearest one to what it asks for, the
 * policy, and the tombstone that fits. */
#ifndef XFRM_SNAP_EVIDENCE_BPF_H
#define XFRM_SNAP_EVIDENCE_BPF_H

#define MODE_TRANSPORT 0

/* The mirror's hooks are there. */
const volatile bool mirroring;

static __always_inline __u32 address_set(const void* address) {
  const __u32* a = address;
  return is_set(a[0] | a[1] | a[2] | a[3]);
}

/* On the way in, the kernel goes by destination, SPI, protocol and mark. */
static __always_inline __u32 differs_from_packet(const struct state_kept* row, const struct wanted* w) {
  return unequal(w->mark & row->mark_mask, row->mark) * DIFFERS_MARK |
         (addresses_differ(w->daddr, row->daddr) | unequal(w->family, row->family)) * DIFFERS_DADDR;
}

/* On the way out, by what the policy's template says. */
static __always_inline __u32 differs_from_template(const struct state_kept* row, const struct wanted* w) {
  __u32 saddr = address_set(w->saddr) & address_set(row->saddr) & addresses_differ(w->saddr, row->saddr);
  return unequal(w->reqid, row->reqid) * DIFFERS_REQID | unequal(w->mode, row->mode) * DIFFERS_MODE |
         unequal(w->mark & row->mark_mask, row->mark) * DIFFERS_MARK | unequal(w->if_id, row->if_id) * DIFFERS_IF_ID |
         (is_set(w->spi) & unequal(w->spi, row->spi)) * DIFFERS_SPI |
         addresses_differ(w->daddr, row->daddr) * DIFFERS_DADDR | saddr * DIFFERS_SADDR |
         unequal(w->proto, row->proto) * DIFFERS_PROTO |
         (is_set(row->direction) & unequal(row->direction, STATE_DIR_OUT)) * DIFFERS_DIR;
}

static __always_inline __u32 count_bits(__u32 bits) {
  bits = (bits & 0x5555) + (bits >> 1 & 0x5555);
  bits = (bits & 0x3333) + (bits >> 2 & 0x3333);
  bits = (bits & 0x0f0f) + (bits >> 4 & 0x0f0f);
  return (bits & 0xff) + (bits >> 8);
}

#define NO_CANDIDATE 99 /* a distance */

/* Lists the states under the key, in a loop of its own: the verifier follows the next one half as long. */
static __always_inline void list_candidates(struct search* s) {
  const __u64 number = index_key(&s->key);
  __u32 i;
  s->candidates = 0;
  __builtin_memset(s->candidate, 0, sizeof(s->candidate));
#pragma clang loop unroll(disable)
  for (i = 0; i < 2 * INDEX_SLOTS; i++) {
    __u64 x = indexed_state(number, i);
    s->candidate[s->candidates & (2 * INDEX_SLOTS - 1)] = x;
    s->candidates += is_set(x);
  }
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
    differs = template ? differs_from_template(row, &s->wanted) : differs_from_packet(row, &s->wanted);
    distance = 2 * count_bits(differs) + unequal(BPF_CORE_READ((struct xfrm_state*)x, km.state), XFRM_STATE_VALID);
    distance += NO_CANDIDATE * is_foreign(row, &s->key);
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
  list_candidates(&e->search);
  if (template)
    consider_listed(&e->search, true);
  else
    consider_listed(&e->search, false);
  return 0;
}

/* The same object still lives at the address. */
static __always_inline bool is_still(const struct state_kept* row, struct xfrm_state* x) {
  __u8 daddr[16] __attribute__((aligned(8)));
  fill_address(daddr, __builtin_preserve_access_index(&x->id.daddr), row->family);
  return BPF_CORE_READ(x, id.spi) == row->spi && BPF_CORE_READ(x, id.proto) == row->proto &&
         !addresses_differ(daddr, row->daddr) && BPF_CORE_READ(x, xs_net.net, ns.inum) == row->netns;
}

/* True if a row was copied whole. */
static __always_inline bool copy_row(struct state_row* to, const struct state_kept* row) {
  __u32 version = *(volatile __u32*)&row->version;
  __builtin_memcpy(to, row, sizeof(*row));
  __builtin_memset(&to->removed, 0, sizeof(to->removed));
  return !(version & 1) && *(volatile __u32*)&row->version == version;
}

/* The mirror's row, with what changes per packet read from the object. */
__noinline int show_state(__u64 address) {
  struct error_record* e = current_event();
  struct evidence* v = e ? &e->evidence : 0;
  struct xfrm_state* x = (struct xfrm_state*)address;
  struct state_kept* row = state_row_of(address);
  if (!v) return false;
  if (row && copy_row(&v->state, row)) {
    v->state.live.read_ns = 0;
    if (is_still(KEPT(&v->state), x)) fill_live(&v->state.live, x, bpf_ktime_get_ns(), false);
  } else if (owns(BPF_CORE_READ(x, xs_net.net), e->mib)) {
    /* The mirror has no room for it, or it is just being changed. */
    bpf_probe_read_kernel(&v->state, sizeof(v->state), &empty_state);
    fill_state(KEPT(&v->state), x, false);
    fill_live(&v->state.live, x, bpf_ktime_get_ns(), false);
  } else {
    return false;
  }
  v->has |= EVIDENCE_STATE;
  return true;
}

/* For `show`: all of it from the object, as long as it is the same. */
static __always_inline bool read_whole(struct state_reading* r, struct xfrm_state* x) {
  struct xfrm_replay_state_esn* esn = BPF_CORE_READ(x, replay_esn);
  __u32 bytes = r->row.bitmap_words * 4;
  if (!is_still(KEPT(&r->row), x)) return false;
  fill_state(KEPT(&r->row), x, false);
  fill_live(&r->row.live, x, bpf_ktime_get_ns(), false);
  if (bytes > sizeof(r->bitmap)) bytes = sizeof(r->bitmap);
  if (esn)
    bpf_core_read(r->bitmap, bytes, &esn->bmp);
  else
    bpf_core_read(r->bitmap, sizeof(r->bitmap[0]), &x->replay.bitmap);
  return true;
}

__noinline int show_policy(__u64 address) {
  struct error_record* e = current_event();
  struct evidence* v = e ? &e->evidence : 0;
  struct xfrm_policy* policy = (struct xfrm_policy*)address;
  struct policy_kept* row = policy_row_of(address);
  if (!v) return false;
  if (row) {
    complete_policy(&v->policy, row, policy);
  } else if (owns(BPF_CORE_READ(policy, xp_net.net), e->mib)) {
    bpf_probe_read_kernel(&v->policy, sizeof(v->policy), &empty_policy);
    fill_policy(KEPT_POLICY(&v->policy), policy, policy_direction(policy));
    fill_templates(&v->policy, policy);
  } else {
    return false;
  }
  v->has |= EVIDENCE_POLICY;
  return true;
}

/* The tombstone of that time. Those of an earlier netns with the same inode number do not count. */
__noinline int show_tombstone(__u32 slot, __u64 removed_ns) {
  struct error_record* e = current_event();
  struct state_row *row = bpf_map_lookup_elem(&deleted, &slot), *copy;
  __u32 version;
  if (!e) return false;
  copy = &e->evidence.deleted;
  if (!row || row->born_ns != e->key.born_ns) return false;
  version = *(volatile __u32*)&row->version;
  __builtin_memcpy(copy, row, sizeof(*row));
  if (version & 1 || *(volatile __u32*)&row->version != version || copy->removed.ns != removed_ns) return false;
  e->evidence.has |= EVIDENCE_DELETED;
  return true;
}

/* The one with the packet's mark, or else the last one with its destination and SPI. */
__noinline int find_tombstone(__u32 mark) {
  struct error_record* e = current_event();
  const __u64 number = e ? index_key(&e->search.key) : 0;
  __u32 first, i, best = 0;
  const struct burial_row* burials = burials_of(number, &first);
  __u64 newest = 0;
  if (!e || !burials) return 0;
#pragma clang loop unroll(disable)
  for (i = 0; i < BURIALS; i++) {
    __u64 at = burials->removed[i], rank;
    __u32 slot = first + i;
    struct state_row* row;
    if (!at || (at >> 8 & 0xffff) != number >> 48) continue;
    row = bpf_map_lookup_elem(&deleted, &slot);
    if (!row) continue;
    rank = row->removed.ns | (__u64)(1 - unequal(mark & row->mark_mask, row->mark)) << 63;
    rank *= 1 - is_foreign(KEPT(row), &e->search.key);
    if (rank <= newest) continue;
    newest = rank;
    best = slot;
  }
  if (newest) show_tombstone(best, newest & ~(1ull << 63));
  return 0;
}

static __always_inline void show_best(struct error_record* e) {
  struct evidence* v = &e->evidence;
  if (e->search.distance == NO_CANDIDATE || !show_state(e->search.state)) {
    v->match = states_lack ? MATCH_UNKNOWN : MATCH_NONE;
    return;
  }
  v->match = e->search.differs ? MATCH_NEAREST : MATCH_EXACT;
  v->differs = e->search.differs;
}

static __always_inline __u16 address_family(__u8 version) {
  return version == 4 ? AF_INET : version == 6 ? AF_INET6 : 0;
}

/* A packet that names its SA. */
static __always_inline void look_for_packet(struct error_record* e) {
  const struct packet_id* id = &e->packet.id;
  struct search* s = &e->search;
  struct wanted* w = &s->wanted;
  s->distance = NO_CANDIDATE;
  w->netns = e->key.netns;
  w->mark = e->packet.mark;
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
  show_best(e);
}

/* What a template asks for. In transport mode the packet's own addresses count. */
static __always_inline void wanted_by(struct wanted* w, const struct template_row* t, const struct policy_row* policy,
                                      const struct packet_id* id) {
  bool own = t->mode == MODE_TRANSPORT;
  w->family = own ? address_family(id->family) : t->family;
  copy_address(w->daddr, own ? id->daddr : t->daddr);
  copy_address(w->saddr, own ? id->saddr : t->saddr);
  if (w->family == AF_INET) {
    __builtin_memset(w->daddr + 4, 0, 12);
    __builtin_memset(w->saddr + 4, 0, 12);
  }
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

/* The tombstone of the template's destination, if it was what the template asks for. */
static __always_inline void find_tombstone_for(struct error_record* e, const struct wanted* w) {
  struct state_key key = dst_key(w->netns, w->family, w->proto, w->daddr);
  const struct grave* grave = grave_of(&key, index_key(&key), false);
  struct state_row* row;
  __u64 removed_ns;
  __u32 slot;
  if (!grave) return;
  slot = grave->slot;
  removed_ns = grave->removed_ns;
  row = bpf_map_lookup_elem(&deleted, &slot);
  if (row && !differs_from_template(KEPT(row), w)) show_tombstone(slot, removed_ns);
}

/* A packet that its policy's templates name an SA for: the first template that none satisfies. */
static __always_inline void look_for_template(struct error_record* e) {
  struct evidence* v = &e->evidence;
  struct search* s = &e->search;
  __u32 i;
  s->wanted.netns = e->key.netns;
  s->distance = NO_CANDIDATE;
#pragma clang loop unroll(disable)
  for (i = 0; i < TEMPLATES; i++) {
    if (i >= v->policy.templates) break;
    v->template_at = i;
    wanted_by(&s->wanted, &v->policy.tmpl[i], &v->policy, &e->packet.id);
    s->distance = NO_CANDIDATE;
    consider_dst(s, s->wanted.proto);
    if (s->distance) break; /* not a valid one without a difference */
  }
  if (s->distance == NO_CANDIDATE) {
#pragma clang loop unroll(disable)
    for (i = 0; i < 3; i++)
      consider_dst(s, i == 0 ? PROTO_ESP : i == 1 ? PROTO_AH : PROTO_COMP);
  }
  if (s->distance > 1) find_tombstone_for(e, &s->wanted); /* nor a larval one */
  show_best(e);
}

/* The decapsulated packet came through this SA, and its policy wants another one. */
static __always_inline void compare_template(struct error_record* e) {
  struct evidence* v = &e->evidence;
  struct wanted* w = &e->search.wanted;
  const struct template_row* t = &v->policy.tmpl[0];
  __u32 addresses = t->mode == MODE_TRANSPORT ? 0 : DIFFERS_DADDR | DIFFERS_SADDR;
  if (!v->policy.templates) return;
  wanted_by(w, t, &v->policy, &e->packet.id);
  if (!w->reqid) w->reqid = v->state.reqid;
  v->differs = differs_from_template(KEPT(&v->state), w) &
               (DIFFERS_MODE | DIFFERS_SPI | DIFFERS_PROTO | DIFFERS_REQID | addresses);
}

/* Raised because no SA was found: what the packet carries is not what failed. */
static __always_inline bool found_no_state(__u32 counter) {
  return counter == XfrmInNoStates || counter == XfrmOutNoStates;
}

static __always_inline void no_evidence(struct evidence* v) {
  v->match = MATCH_UNKNOWN;
  v->has = 0;
  v->differs = 0;
  v->template_at = 0;
}

static __always_inline bool can_gather(const struct error_record* e) {
  return mirroring && e->key.netns;
}

/* A template asks for an SA on the way out only. */
static __always_inline bool has_outbound_template(const struct evidence* v) {
  return v->has & EVIDENCE_POLICY && v->policy.direction % SOCKET_DIRECTIONS == 1 && v->policy.templates;
}

/* A template asked in vain for an SA, and the compiled kernel no longer knows whose: nothing can be looked up. */
static __always_inline bool template_unknown(const struct error_record* e) {
  return (e->key.counter == XfrmOutNoStates || e->key.counter == XfrmOutPolError) &&
         !(e->evidence.has & EVIDENCE_POLICY);
}

static __always_inline void gather(struct error_record* e) {
  struct evidence* v = &e->evidence;
  if (!can_gather(e)) return;
  if (e->policy_at) show_policy(e->policy_at);
  if (!found_no_state(e->key.counter) && e->state_at && show_state(e->state_at)) {
    v->match = MATCH_HELD;
    if (e->key.counter == XfrmInTmplMismatch && v->has & EVIDENCE_POLICY) compare_template(e);
  } else if (has_outbound_template(v)) {
    look_for_template(e);
  } else if (!(e->packet.flags & PACKET_IS_FLOW) && e->packet.flags & PACKET_HAS_SPI) {
    look_for_packet(e);
  } else if (!template_unknown(e)) {
    v->match = MATCH_NONE;
  }
}

#endif
