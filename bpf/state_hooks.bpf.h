/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps `states` in step with the kernel's states as they are made, change and are removed. */
#ifndef XFRM_SNAP_STATE_HOOKS_BPF_H
#define XFRM_SNAP_STATE_HOOKS_BPF_H

#include "actor.bpf.h"
#include "changes.bpf.h"
#include "hook.bpf.h"
#include "row_version.h"
#include "state_index.bpf.h"
#include "state_row.bpf.h"
#include "tombstone.bpf.h"

/* Rows of `states`. */
__u64 states_held;
/* The state that the kernel is about to set: right after insertion it makes a state valid, or larval. */
static __always_inline __u8 declared(__u8 km_state, __u8 how) {
  if (how == HOW_ACQUIRE) return XFRM_STATE_ACQ;
  return km_state == XFRM_STATE_VOID ? XFRM_STATE_VALID : km_state;
}

static __always_inline void emit_state_change(const struct state_kept* row, __u64 x, __u32 op, const struct actor* by,
                                              bool hard) {
  struct state_change_record* r;
  if (!want_changes) return;
  r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_CHANGES);
  start_change(&r->header, &r->change, RECORD_STATE_CHANGE, op);
  r->change.hard = hard;
  r->change.by = *by;
  __builtin_memcpy(&r->state, row, sizeof(*row));
  __builtin_memset(&r->state.live, 0, sizeof(r->state.live));
  __builtin_memset(&r->state.removed, 0, sizeof(r->state.removed));
  fill_live(&r->state.live, (struct xfrm_state*)x, r->header.mono_ns, false);
  if (op == CHANGE_ADD) r->state.live.km_state = declared(r->state.live.km_state, by->how);
  if (hard || op == CHANGE_DELETE) r->state.removed = *by;
  bpf_ringbuf_submit(r, 0);
}

/* An empty row for the state, open for writing. */
static __always_inline struct state_kept* open_state_row(__u64 x) {
  struct state_kept* row = state_row_of(x);
  if (row) {
    begin_write(row);
    __builtin_memset((void*)row + sizeof(row->version), 0, sizeof(*row) - sizeof(row->version));
    return row;
  }
  if (!bpf_map_update_elem(&states, &x, &unsettled_state, BPF_NOEXIST)) __sync_fetch_and_add(&states_held, 1);
  row = state_row_of(x);
  if (row) {
    begin_life(row, bpf_ktime_get_ns());
    return row;
  }
  count_lost(LOST_STATES_FULL);
  mirror_incomplete = true;
  return 0;
}

/* Sets the fields of a larval state that the kernel sets only after it has asked the key manager. */
static __always_inline void complete_larval(struct state_kept* row, struct xfrm_state* x) {
  struct net* net = BPF_CORE_READ(x, xs_net.net);
  row->limits.hard_add_s = BPF_CORE_READ(net, xfrm.sysctl_acq_expires);
  if (bpf_core_field_exists(x->dir)) row->direction = STATE_DIR_OUT;
}

static __always_inline void enter_state(__u64 address, __u8 how, bool typed) {
  struct xfrm_state* x = (struct xfrm_state*)address;
  struct state_kept* row = open_state_row(address);
  if (!row) return;
  row->address = address;
  fill_state(row, x, typed);
  if (how == HOW_ACQUIRE) complete_larval(row, x);
  if (how == HOW_DUMPED)
    clear_actor(&row->added, how);
  else
    record_actor(&row->added, how);
  end_write(row);
  index_state(row);
  if (how != HOW_DUMPED) emit_state_change(row, address, CHANGE_ADD, &row->added, false);
}

static __always_inline void enter_unknown_state(__u64 x, __u8 how) {
  if (x && x < (__u64)-4095 && !state_row_of(x)) enter_state(x, how, false);
}

static __always_inline void refresh(__u64 x, bool typed) {
  struct state_kept* row = state_row_of(x);
  if (!row) return;
  begin_write(row);
  fill_state(row, (struct xfrm_state*)x, typed);
  record_actor(&row->changed, HOW_NETLINK);
  end_write(row);
  emit_state_change(row, x, CHANGE_UPDATE, &row->changed, false);
}

__noinline int refresh_state(__u64 x) {
  refresh(x, false);
  return 0;
}

static __always_inline void emit_removal(const struct state_kept* row, __u64 x, const struct actor* by) {
  if (by->how == HOW_TIMER) emit_state_change(row, x, CHANGE_EXPIRE, by, true);
  emit_state_change(row, x, CHANGE_DELETE, by, false);
}

/* `states` had no room for the state: its tombstone is read from the kernel's object. */
static __always_inline void record_unknown_tombstone(struct xfrm_state* x, const struct actor* by) {
  struct state_key key = key_of(x);
  struct state_numbers of = numbers_of(&key);
  struct state_row* dead = make_tombstone(&key, &of, BPF_CORE_READ(x, props.reqid), BPF_CORE_READ(x, mark.v),
                                          BPF_CORE_READ(x, mark.m), by->ns);
  if (!dead) return;
  __builtin_memset(&dead->born_ns, 0, sizeof(*dead) - __builtin_offsetof(struct state_row, born_ns));
  fill_state(kept_state(dead), x, false);
  fill_live(&dead->live, x, by->ns, false);
  dead->removed = *by;
  end_write(dead);
  emit_removal(kept_state(dead), (__u64)x, by);
}

static __always_inline void remove_state(__u64 address, int error, bool typed) {
  struct xfrm_state* x = (struct xfrm_state*)address;
  const bool process = in_process();
  struct state_kept* row;
  struct state_numbers of;
  struct state_key key;
  struct actor by;
  if (error) return; /* already dead */
  record_actor_as(&by, removal_in(GET(x, xs_net.net), process, typed), process);
  row = state_row_of(address);
  if (!row) return record_unknown_tombstone(x, &by);
  key = id_key(row->netns, row->family, row->proto, row->daddr, row->spi);
  of = numbers_of(&key);
  record_tombstone(row, &key, &of, x, &by, typed);
  unindex_state(row, &of);
  emit_removal(row, address, &by);
  if (bpf_map_delete_elem(&states, &address)) return count_lost(LOST_MIRROR);
  __sync_fetch_and_add(&states_held, -1);
}

static __always_inline void on_state_removed(__u64 x, int error) {
  remove_state(x, error, false);
}

static __always_inline void on_typed_state_removed(__u64 x, int error) {
  remove_state(x, error, true);
}

static __always_inline void on_state_made(__u64 x) {
  enter_state(x, HOW_NETLINK, false);
}

static __always_inline void on_typed_state_made(__u64 x) {
  enter_state(x, HOW_NETLINK, true);
}

static __always_inline void on_state_dumped(__u64 x) {
  enter_unknown_state(x, HOW_DUMPED);
}

static __always_inline void on_acquire_sent(__u64 x, int error) {
  if (!error) enter_unknown_state(x, HOW_ACQUIRE);
}

static __always_inline void on_spi_allocated(__u64 x) {
  struct state_kept* row;
  if (!state_row_of(x)) enter_state(x, HOW_NETLINK, false);
  refresh_state(x);
  row = state_row_of(x);
  if (row) index_state(row);
}

static __always_inline void refresh_if(__u64 x) {
  if (x) refresh_state(x);
}

/* The states that an update may have changed: the last three found. */
struct updated_states {
  struct state_key id;
  __u64 by_both, by_spi; /* numbers of keys */
  __u64 one, two, three;
  __u32 mark;
  __u8 at;
};

/* True at the end. */
static __always_inline bool find_updated(struct updated_states* m) {
  const __u8 i = m->at;
  __u64 there = indexed_state(i < 2 * INDEX_SLOTS ? m->by_spi : m->by_both, i), hit;
  struct state_kept* row = there ? state_row_of(there) : 0;
  if (i >= 4 * INDEX_SLOTS) return true;
  m->at = next_turn(i + 1);
  if (!row) return false;
  /* No branch, see `unequal`. */
  hit = (__u64)(is_foreign(row, &m->id) | unequal(m->mark & row->mark_mask, row->mark)) - 1;
  barrier_var(hit);
  m->three = (m->three & ~hit) | (m->two & hit);
  m->two = (m->two & ~hit) | (m->one & hit);
  m->one = (m->one & ~hit) | (there & hit);
  return false;
}

/* xfrm_state_update(x) changes the existing state with the identity of `x`, which the index has under its SPI or under
 * both. If masked marks make several states eligible, the last three of them are read again. */
static __always_inline void on_states_updated(__u64 address, int error) {
  struct xfrm_state* x = (struct xfrm_state*)address;
  struct updated_states m = {.id = key_of(x)};
  struct state_key spi = spi_key(m.id.netns, m.id.proto, m.id.spi);
  m.mark = BPF_CORE_READ(x, mark.v) & BPF_CORE_READ(x, mark.m);
  m.by_both = index_key(&m.id);
  m.by_spi = index_key(&spi);
  if (error || state_row_of(address)) return; /* `x` itself was inserted */
  REPEAT(4 * INDEX_SLOTS, find_updated(&m));
  refresh_if(m.one);
  refresh_if(m.two);
  refresh_if(m.three);
}

/* Hooked here since the callers may be inlined: km_state_expired and km_state_notify in the kernel's timer,
 * xfrm_update_ae_params where replay counters are set. */
static __always_inline void notified(__u64 x, struct km_event* e, bool typed) {
  struct state_kept* row;
  struct actor by;
  const __u32 event = GET(e, event);
  if (event == XFRM_MSG_NEWAE && BPF_CORE_READ(e, data.aevent) == XFRM_AE_CU) refresh(x, typed);
  if (event != XFRM_MSG_EXPIRE) return;
  if (BPF_CORE_READ(e, data.hard)) return; /* the removal has its own record */
  row = state_row_of(x);
  if (!row) return;
  record_actor(&by, HOW_TIMER);
  emit_state_change(row, x, CHANGE_EXPIRE, &by, false);
}

static __always_inline void on_state_notified(__u64 x, __u64 event) {
  notified(x, (struct km_event*)event, false);
}

static __always_inline void on_typed_state_notified(__u64 x, __u64 event) {
  notified(x, (struct km_event*)event, true);
}

TYPED_EXIT_HOOK(state_insert, __xfrm_state_insert, 0, PT_REGS_PARM1, on_typed_state_made, on_state_made)
TYPED_RESULT_HOOK(state_delete, __xfrm_state_delete, 0, 1, PT_REGS_PARM1, on_typed_state_removed, on_state_removed)
PROBE_EXIT_HOOK(alloc_spi, PT_REGS_PARM1, on_spi_allocated)                           /* xfrm_alloc_spi */
PROBE_RESULT_AROUND_HOOK(state_update, PT_REGS_PARM1, replaces, 0, on_states_updated) /* xfrm_state_update */
TYPED_RESULT_HOOK(acquire, xfrm_send_acquire, 0, 3, PT_REGS_PARM1, on_acquire_sent, on_acquire_sent)
TYPED_RESULT_HOOK(pfkey_acquire, pfkey_send_acquire, 0, 3, PT_REGS_PARM1, on_acquire_sent, on_acquire_sent)
TYPED_ENTRY_HOOK2(state_notified, xfrm_send_state_notify, on_typed_state_notified, on_state_notified)
PROBE_HOOK(dump_state, on_state_dumped) /* dump_one_state */

SEC("kretprobe") /* the function has more parameters than a fexit can have before 6.6 */
int k_find_acq(struct pt_regs* ctx) {
  enter_unknown_state(PT_REGS_RC(ctx), HOW_NETLINK);
  return 0;
}

PROBE_AROUND_HOOK(state_flush, HOW_FLUSH, 0)
PROBE_AROUND_HOOK(dev_state_flush, HOW_FLUSH, 0)
PROBE_AROUND_HOOK(state_add, HOW_REPLACED, 0)

#endif
