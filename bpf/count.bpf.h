/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counts an event in its row and in the totals, and sends it within the rate limit of its row. */
#ifndef XFRM_SNAP_COUNT_BPF_H
#define XFRM_SNAP_COUNT_BPF_H

#include "address.bpf.h"
#include "capture.bpf.h"
#include "event.bpf.h"

#define SECOND 1000000000ull

/* Events sent per second and row; 0: all. */
const volatile __u32 rate = 10;
/* Events after which no more are sent; 0: no limit. */
const volatile __u64 limit;

/* Events that were counted but not sent: user space reads them from `errors`. */
__u64 suppressed;
/* Events sent. */
__u64 sent;

/* True if one more event may be sent in the second that `window_ns` began. */
static __always_inline bool allowed(__u64* window_ns, __u32* sent, __u64 now) {
  if (!rate) return true;
  if (now - *window_ns >= SECOND) {
    *window_ns = now;
    *sent = 0;
  }
  if (*sent >= rate) return false;
  (*sent)++;
  return true;
}

static __always_inline bool past_limit(void) {
  return limit && sent >= limit;
}

/* `apart`: 0, AFTER_LIMIT or FILTERED. */
static __always_inline struct total_key total_key_of(const struct error_record* e, __u32 apart) {
  return (struct total_key){.netns = e->key.netns, .counter = e->key.counter | apart, .born_ns = e->key.born_ns};
}

static __always_inline void add_total(const struct error_record* e, __u32 apart, __u64 amount) {
  struct total_key key = total_key_of(e, apart);
  struct total_row fresh = {}, *row = bpf_map_lookup_elem(&totals, &key);
  if (!row) {
    bpf_map_update_elem(&totals, &key, &fresh, BPF_NOEXIST);
    row = bpf_map_lookup_elem(&totals, &key);
  }
  if (row)
    __sync_fetch_and_add(&row->count, amount);
  else
    count_lost(LOST_TOTALS_FULL);
}

const struct error_row empty_error = {};

static __always_inline struct error_row* find_row(const struct error_record* e) {
  struct error_row* row = bpf_map_lookup_elem(&errors, &e->key);
  if (row) return row;
  bpf_map_update_elem(&errors, &e->key, &empty_error, BPF_NOEXIST);
  row = bpf_map_lookup_elem(&errors, &e->key);
  if (!row) {
    count_lost(LOST_ERRORS_FULL);
    return 0;
  }
  row->first_ns = e->header.mono_ns;
  row->first = e->packet;
  return row;
}

/* Keeps in the row what its first event found. */
static __always_inline void keep_first(const struct error_record* e) {
  const struct evidence* v = &e->evidence;
  struct error_row* row;
  struct first_state* s;
  if (e->search.first_kept) return;
  row = bpf_map_lookup_elem(&errors, &e->key);
  if (!row || row->state.known) return;
  s = &row->state;
  s->known = 1;
  s->match = v->match;
  s->differs = v->differs;
  if (v->has & EVIDENCE_DELETED) s->deleted_ns = v->deleted.removed.ns;
  if (!(v->has & EVIDENCE_STATE)) return;
  copy_address(s->saddr, v->state.saddr);
  copy_address(s->daddr, v->state.daddr);
  s->spi = v->state.spi;
  s->reqid = v->state.reqid;
  s->mark = v->state.mark;
  s->mark_mask = v->state.mark_mask;
  s->if_id = v->state.if_id;
  s->family = v->state.family;
  s->proto = v->state.proto;
  s->mode = v->state.mode;
}

/* `errors` is full: the event is sent on its own, within the rate limit of its counter. */
static __always_inline bool allowed_without_row(struct error_record* e) {
  struct total_key key = total_key_of(e, 0);
  struct total_row* total = bpf_map_lookup_elem(&totals, &key);
  return !total || allowed(&total->window_ns, &total->sent, e->header.mono_ns);
}

/* Counts the event in its row. True if it is to be sent; from the row's count user space knows how many it stands for.
 */
static __always_inline bool aggregate(struct error_record* e) {
  struct error_row* row = find_row(e);
  e->search.first_kept = !row || row->state.known;
  if (!row) return allowed_without_row(e);
  __sync_fetch_and_add(&row->count, e->amount);
  e->row_count = row->count;
  __sync_fetch_and_add(&row->packets, e->packets);
  if (!e->packets) row->packets_unknown = 1;
  e->row_packets = row->packets_unknown ? 0 : row->packets;
  if (e->packet.flags & PACKET_HAS_LEN) __sync_fetch_and_add(&row->bytes, e->packet.len);
  row->last_ns = e->header.mono_ns;
  row->last = e->packet;
  return allowed(&row->window_ns, &row->sent, e->header.mono_ns);
}

/* The record is cut off behind its last part that holds anything. */
static __always_inline __u64 record_size(const struct error_record* e) {
  if (want_stack) return __builtin_offsetof(struct error_record, search);
  if (e->tc_known == TC_FOUND) return __builtin_offsetof(struct error_record, stack);
  if (e->evidence.has & EVIDENCE_POLICY) return __builtin_offsetof(struct error_record, tc);
  if (e->evidence.has & EVIDENCE_DELETED) return __builtin_offsetof(struct error_record, evidence.policy);
  if (e->evidence.has & EVIDENCE_STATE) return __builtin_offsetof(struct error_record, evidence.deleted);
  return __builtin_offsetof(struct error_record, evidence.state);
}

/* What was counted is not sent. */
static __always_inline void lose_event(void) {
  __sync_fetch_and_add(&suppressed, 1);
  count_lost(LOST_RING);
}

static __always_inline void send(struct error_record* e) {
  __u64 size = record_size(e);
  __sync_fetch_and_add(&sent, 1);
  if (!put_into_ring(e, size)) lose_event();
}

/* Counts an event whose key is complete. True if it is to be sent. */
static __always_inline bool count(struct error_record* e) {
  if (aggregate(e)) return true;
  __sync_fetch_and_add(&suppressed, 1);
  return false;
}

#endif
