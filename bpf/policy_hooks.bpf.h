/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps `policies` in step with the kernel's policies as they are made, change and are removed. */
#ifndef XFRM_SNAP_POLICY_HOOKS_BPF_H
#define XFRM_SNAP_POLICY_HOOKS_BPF_H

#include "changes.bpf.h"
#include "hook.bpf.h"
#include "policy_row.bpf.h"

#define SOCKET_DIRECTIONS 3 /* directions from here on are those of policies of sockets */

const struct policy_row empty_policy = {};
const struct policy_row unsettled_policy = {.version = 1}; /* see `unsettled_state` */
/* Rows of `policies`. */
__u64 policies_held;

static __always_inline void emit_policy_change(const struct policy_kept* row, __u64 policy, __u32 op,
                                               const struct actor* by, bool hard) {
  struct policy_change_record* r;
  if (!want_changes) return;
  r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_CHANGES);
  start_change(&r->header, &r->change, RECORD_POLICY_CHANGE, op);
  r->change.hard = hard;
  r->change.by = *by;
  __builtin_memcpy(&r->policy, row, sizeof(*row));
  complete_policy(&r->policy, (struct xfrm_policy*)policy);
  if (hard || op == CHANGE_DELETE) r->policy.removed = *by;
  bpf_ringbuf_submit(r, 0);
}

static __always_inline struct policy_kept* policy_row_of(__u64 policy) {
  return bpf_map_lookup_elem(&policies, &policy);
}

static __always_inline void write_policy(struct policy_kept* row, __u64 policy, __u8 direction) {
  begin_write(row);
  fill_policy(row, (struct xfrm_policy*)policy, direction);
  end_write(row);
}

/* An empty row for the policy, open for writing. */
static __always_inline struct policy_kept* open_policy_row(__u64 policy) {
  struct policy_kept* row = policy_row_of(policy);
  if (row) {
    begin_write(row);
    __builtin_memset((void*)row + sizeof(row->version), 0, sizeof(*row) - sizeof(row->version));
    return row;
  }
  if (!bpf_map_update_elem(&policies, &policy, &unsettled_policy, BPF_NOEXIST)) __sync_fetch_and_add(&policies_held, 1);
  row = policy_row_of(policy);
  if (row)
    begin_life(row, bpf_ktime_get_ns());
  else
    count_lost(LOST_POLICIES_FULL);
  return row;
}

static __always_inline struct policy_kept* enter_policy(__u64 policy, __u8 direction, __u8 how) {
  struct policy_kept* row = open_policy_row(policy);
  if (!row) return 0;
  fill_policy(row, (struct xfrm_policy*)policy, direction);
  if (how == HOW_DUMPED)
    clear_actor(&row->added, how);
  else
    record_actor(&row->added, how);
  end_write(row);
  return row;
}

const volatile bool links_inlined; /* the compiler has inlined __xfrm_policy_link */

/* The policy of a socket has its index already; that of a netns gets it later, see `on_policy_inserted`. */
static __always_inline void on_policy_linked(__u64 policy, __u64 direction) {
  struct policy_kept* row = enter_policy(policy, direction, HOW_NETLINK);
  if (row && (__u32)direction >= SOCKET_DIRECTIONS) emit_policy_change(row, policy, CHANGE_ADD, &row->added, false);
}

static __always_inline void on_policy_inserted(__u64 policy, int error) {
  struct policy_kept* row = error ? 0 : policy_row_of(policy);
  if (row)
    write_policy(row, policy, row->direction);
  else if (!error && links_inlined)
    row = enter_policy(policy, policy_direction((struct xfrm_policy*)policy), HOW_NETLINK);
  if (row) emit_policy_change(row, policy, CHANGE_ADD, &row->added, false);
}

static __always_inline void on_policy_unlinked(__u64 policy) {
  struct policy_kept* row = policy_row_of(policy);
  struct xfrm_policy* from = (struct xfrm_policy*)policy;
  struct actor by;
  if (!row) return;
  record_actor(&by, removal(BPF_CORE_READ(from, xp_net.net)));
  if (by.how == HOW_TIMER && row->direction < SOCKET_DIRECTIONS)
    emit_policy_change(row, policy, CHANGE_EXPIRE, &by, true);
  emit_policy_change(row, policy, CHANGE_DELETE, &by, false);
  if (bpf_map_delete_elem(&policies, &policy)) return count_lost(LOST_MIRROR);
  __sync_fetch_and_add(&policies_held, -1);
}

/* Who called xfrm_migrate last. */
struct actor migrated_by;

/* A dump also corrects what was changed in place: xfrm_migrate changes templates so. */
static __always_inline void on_policy_dumped(__u64 policy, __u64 direction) {
  struct policy_kept* row = policy_row_of(policy);
  __u32 generation;
  if (!row) {
    enter_policy(policy, direction, HOW_DUMPED);
    return;
  }
  generation = row->generation;
  begin_write(row);
  fill_policy(row, (struct xfrm_policy*)policy, direction);
  if (row->generation != generation) row->changed = migrated_by;
  end_write(row);
  if (row->generation == generation) return;
  emit_policy_change(row, policy, CHANGE_UPDATE, &row->changed, false);
}

static __always_inline void on_policy_expired(__u64 policy, __u64 direction, __u64 hard) {
  struct policy_kept* row = policy_row_of(policy);
  struct actor by;
  if (!row || (int)hard) return; /* the removal at the hard limit has its own record */
  record_actor(&by, HOW_TIMER);
  emit_policy_change(row, policy, CHANGE_EXPIRE, &by, false);
}

/* The netns is that of the socket which the request came through. */
static __always_inline void on_defaults_set(__u64 skb) {
  struct net* net = BPF_CORE_READ((struct sk_buff*)skb, sk, __sk_common.skc_net.net);
  struct defaults_record* r;
  if (!want_changes || !bpf_core_field_exists(net->xfrm.policy_default)) return;
  r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_CHANGES);
  r->header =
      (struct record_header){.kind = RECORD_DEFAULTS, .cpu = bpf_get_smp_processor_id(), .mono_ns = bpf_ktime_get_ns()};
  record_actor(&r->by, HOW_NETLINK);
  fill_netns(&r->netns, &r->born_ns, net, false);
  r->in = BPF_CORE_READ(net, xfrm.policy_default[0]);
  r->out = BPF_CORE_READ(net, xfrm.policy_default[1]);
  r->fwd = BPF_CORE_READ(net, xfrm.policy_default[2]);
  r->reserved = 0;
  bpf_ringbuf_submit(r, 0);
}

/* User space then dumps the policies of the netns again. */
static __always_inline void on_migrated(__u64 net, int error) {
  struct migrated_record* r;
  if (error || !net) return;
  record_actor(&migrated_by, HOW_NETLINK);
  r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_MIRROR);
  r->header =
      (struct record_header){.kind = RECORD_MIGRATED, .cpu = bpf_get_smp_processor_id(), .mono_ns = bpf_ktime_get_ns()};
  r->netns = BPF_CORE_READ((struct net*)net, ns.inum);
  r->reserved = 0;
  bpf_ringbuf_submit(r, 0);
}

PROBE_HOOK2(policy_link, on_policy_linked)                          /* __xfrm_policy_link */
ENTRY_HOOK(policy_unlink, __xfrm_policy_unlink, on_policy_unlinked) /* or xfrm_policy_kill(policy) */
PROBE_RESULT_AROUND_HOOK(policy_insert, PT_REGS_PARM2, replaces, 0, on_policy_inserted) /* xfrm_policy_insert */
ENTRY_HOOK3(policy_expired, km_policy_expired, on_policy_expired)
PROBE_HOOK2(dump_policy, on_policy_dumped)                   /* dump_one_policy */
PROBE_EXIT_HOOK(set_default, PT_REGS_PARM1, on_defaults_set) /* xfrm_set_default */

PROBE_AROUND_HOOK(sk_policy_replace, HOW_REPLACED, 0)
PROBE_AROUND_HOOK(policy_flush, HOW_FLUSH, 0)
PROBE_AROUND_HOOK(dev_policy_flush, HOW_FLUSH, 0)

enum { hook_migrate = __COUNTER__ };

SEC("kprobe") /* xfrm_migrate(sel, dir, type, m, count, k, net, ...): more parameters than fentry can have before 6.6 */
int k_migrate_begins(struct pt_regs* ctx) {
  begin_operation(HOW_REPLACED, 1);
  stash(hook_migrate, late_argument(ctx, 7));
  return 0;
}

SEC("kretprobe")
int k_migrate_ends(struct pt_regs* ctx) {
  __u64 net = unstash(hook_migrate);
  end_operation(1);
  on_migrated(net, (int)PT_REGS_RC(ctx));
  return 0;
}

#endif
