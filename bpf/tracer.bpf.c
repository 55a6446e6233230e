// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Fires on each increment of a counter of /proc/net/xfrm_stat: fetches the packet, counts, sends an event.
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "clues.h"
#include "counters.h"
#include "mirror.h"
#include "tc.h"

#include "filter.h"
#include "records.h"

#include "maps.bpf.h"

#include "compat.bpf.h"
#include "filter.bpf.h"

#include "counters.bpf.h"
#include "operands.bpf.h"

#include "capture.bpf.h"
#include "packet.bpf.h"

#include "hands.bpf.h"
#include "hook.bpf.h"
#include "state_row.bpf.h"

#include "state_index.bpf.h"

#include "state_hooks.bpf.h"

#include "policy_row.bpf.h"

#include "policy_hooks.bpf.h"

#include "evidence.bpf.h"

#include "clues.bpf.h"

#include "tc_row.bpf.h"

#include "tc_point.bpf.h"

#include "tc_table.bpf.h"

#include "tc_hooks.bpf.h"

#include "tc_mprog.bpf.h"

#include "tcx_hooks.bpf.h"

#include "tc_evidence.bpf.h"

#define SECOND 1000000000ull

/* Events sent per second and row; 0: all. */
const volatile __u32 rate = 10;
const volatile bool want_stack;
/* Events after which no more are sent; 0: no limit. */
const volatile __u64 limit;

/* The gate: opened by user space once every site is attached. */
bool tracing;
/* Events that were counted but not sent: user space then looks into `errors` for them. */
__u64 suppressed;
/* Events sent. */
__u64 sent;

static __always_inline void start_record(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  __builtin_memset(e, 0, __builtin_offsetof(struct error_record, evidence)); /* the rest has its own marks */
  e->header.kind = RECORD_ERROR;
  e->header.cpu = bpf_get_smp_processor_id();
  e->header.mono_ns = bpf_ktime_get_ns();
  e->key.site = site->id;
  e->key.counter = site->counter;
  bpf_probe_read_kernel(&e->mib, sizeof(e->mib), (const void*)ctx + site->base_at);
  e->mib -= site->base_offset;
  e->amount = 1;
  e->output = site->output;
  no_evidence(&e->evidence);
  if (site->has_amount) bpf_probe_read_kernel(&e->amount, sizeof(e->amount), (const void*)ctx + site->amount_at);
}

static __always_inline void find_netns(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                       struct sk_buff* skb) {
  struct netns_row* ns = netns_of(ctx, site, skb, e->mib);
  if (!ns) return;
  e->key.netns = ns->inum;
  e->key.born_ns = ns->born_ns;
}

/* What the last mark of this context noted; 0: nothing. */
static __always_inline __u64 marked_flow(void) {
  __u64 id = context_id(), flow = 0, *noted = bpf_map_lookup_elem(&flows, &id);
  if (!noted) return 0;
  flow = *noted;
  bpf_map_delete_elem(&flows, &id);
  return flow;
}

static __always_inline __u32 policy_family(struct xfrm_policy* policy) {
  return policy ? BPF_CORE_READ(policy, family) : 0;
}

static __always_inline void find_flow(struct error_record* e, struct pt_regs* ctx, const struct site* site) {
  __u64 flow = (__u64)fetch_object(ctx, site, ROLE_FLOW), marked = site->marked ? marked_flow() : 0;
  struct dst_entry* dst = fetch_object(ctx, site, ROLE_DST);
  struct from_caller caller = ask_caller(ctx, site->caller, site->return_at);
  if (!flow) flow = caller.flow ? caller.flow : marked;
  if (!dst) dst = (struct dst_entry*)caller.dst;
  e->flow_family = dst ? dst_family(dst) : flow_family(ctx, site);
  if (!e->flow_family) e->flow_family = policy_family((struct xfrm_policy*)e->policy_at);
  read_route(&e->packet, dst);
  if (flow) read_flow(&e->packet, (struct flowi*)flow, e->flow_family);
}

static __always_inline void fill_packet(struct error_record* e, struct pt_regs* ctx, const struct site* site,
                                        struct sk_buff* skb) {
  e->state_at = held_state(ctx, site, skb);
  e->policy_at = matched_policy(ctx, site);
  if (skb)
    read_packet((__u64)skb, site->output);
  else
    find_flow(e, ctx, site);
}

static __always_inline void fill_process(struct error_record* e, struct pt_regs* ctx) {
  e->in_process = in_process();
  if (e->in_process) {
    e->tgid = bpf_get_current_pid_tgid() >> 32;
    copy_comm(e->comm);
  }
  if (want_stack) {
    long bytes = bpf_get_stack(ctx, e->stack, sizeof(e->stack), 0);
    e->stack_size = bytes > 0 ? (__u64)bytes / 8 : 0;
  }
}

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

static __always_inline void count_total(const struct error_record* e, __u32 filtered) {
  add_total(e, past_limit() ? AFTER_LIMIT : filtered, e->amount);
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

/* What the first event found out stays in its row. */
static __always_inline void keep_first(const struct error_record* e) {
  const struct evidence* v = &e->evidence;
  struct error_row* row = bpf_map_lookup_elem(&errors, &e->key);
  struct first_state* s;
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

/* `errors` is full: the event gets a line of its own, as far as its counter has not had its share. */
static __always_inline bool allowed_without_row(struct error_record* e) {
  struct total_key key = total_key_of(e, 0);
  struct total_row* total = bpf_map_lookup_elem(&totals, &key);
  return !total || allowed(&total->window_ns, &total->sent, e->header.mono_ns);
}

/* Counts the event in its row. True if it is to be sent; the row's count tells user space what it stands for. */
static __always_inline bool aggregate(struct error_record* e) {
  struct error_row* row = find_row(e);
  if (!row) return allowed_without_row(e);
  __sync_fetch_and_add(&row->count, e->amount);
  e->row_count = row->count;
  if (e->packet.flags & PACKET_HAS_LEN) __sync_fetch_and_add(&row->bytes, e->packet.len);
  row->last_ns = e->header.mono_ns;
  row->last = e->packet;
  return allowed(&row->window_ns, &row->sent, e->header.mono_ns);
}

/* What stands behind the last part that there is need not be sent. */
static __always_inline __u64 record_size(const struct error_record* e) {
  if (want_stack) return __builtin_offsetof(struct error_record, search);
  if (e->tc_known == TC_FOUND) return __builtin_offsetof(struct error_record, stack);
  if (e->evidence.has & EVIDENCE_POLICY) return __builtin_offsetof(struct error_record, tc);
  if (e->evidence.has & EVIDENCE_DELETED) return __builtin_offsetof(struct error_record, evidence.policy);
  if (e->evidence.has & EVIDENCE_STATE) return __builtin_offsetof(struct error_record, evidence.deleted);
  return __builtin_offsetof(struct error_record, evidence.state);
}

static __always_inline void send(struct error_record* e) {
  __u64 size = record_size(e);
  __sync_fetch_and_add(&sent, 1);
  if (put_into_ring(e, size)) return;
  __sync_fetch_and_add(&suppressed, 1);
  count_lost(LOST_RING);
}

/* True if the event is to be sent. */
static __always_inline bool count(struct error_record* e) {
  e->key.id = e->packet.id;
  if (aggregate(e)) return true;
  __sync_fetch_and_add(&suppressed, 1);
  return false;
}

/* Looks up what the mirror knows, and sends the event in `scratch`. */
SEC("kprobe")
int tell(struct pt_regs* ctx) {
  struct error_record* e = current_event();
  if (!e) return 0;
  gather(e);
  gather_tc(e);
  keep_first(e);
  send(e);
  return 0;
}

/* Adds what the packet itself tells to the event in `scratch`. */
SEC("kprobe")
int inspect(struct pt_regs* ctx) {
  __u64 address = PT_REGS_IP(ctx) - 1;
  struct error_record* e = current_event();
  struct site* site = bpf_map_lookup_elem(&sites, &address);
  if (!e) return 0;
  if (site) read_clues(e, ctx, site);
  bpf_tail_call(ctx, &next, NEXT_TELL);
  send(e); /* it could not go on there */
  return 0;
}

/* A flow comes by that will fail, and whose site will not know it. */
SEC("kprobe")
int on_mark(struct pt_regs* ctx) {
  __u64 address = PT_REGS_IP(ctx) - 1, id = context_id(), flow;
  struct mark* mark = bpf_map_lookup_elem(&marks, &address);
  if (!mark) return 0;
  flow = fetch_value(ctx, &mark->flow) + mark->flow.addend;
  if (!is_object(flow)) flow = ask_caller(ctx, mark->caller, mark->return_at).flow;
  if (flow) bpf_map_update_elem(&flows, &id, &flow, BPF_ANY);
  return 0;
}

SEC("kprobe")
int on_increment(struct pt_regs* ctx) {
  __u64 address = PT_REGS_IP(ctx) - 1; /* behind the breakpoint, which is one byte long */
  struct error_record* e = current_event();
  struct site* site = bpf_map_lookup_elem(&sites, &address);
  struct sk_buff* skb;
  __u32 filtered;
  if (!tracing || !e) return 0;
  if (!site) {
    count_lost(LOST_NO_SITE);
    return 0;
  }
  start_record(e, ctx, site);
  forget_bytes();
  skb = fetch_skb(ctx, site, e->mib);
  find_netns(e, ctx, site, skb);
  if (!wants_counter(e)) {
    if (site->marked) marked_flow(); /* is not for the next one */
    count_total(e, FILTERED);
    return 0;
  }
  fill_packet(e, ctx, site, skb);
  filtered = wants_packet(e) ? 0 : FILTERED;
  count_total(e, filtered);
  if (past_limit() || filtered) return 0;
  note_integrity(e);
  if (site->output) note_error(e, ctx);
  fill_process(e, ctx);
  if (!count(e)) return 0;
  send_bytes(e);
  bpf_tail_call(ctx, &next, NEXT_INSPECT);
  send(e); /* it could not go on there */
  return 0;
}

SEC("raw_tp") /* run by user space, args: address of the counters, when their netns was born */
int sample_counters(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  __u64 mib = ctx->args[0], born_ns = ctx->args[1];
  struct counters_row* row = bpf_map_lookup_elem(&sampled, &zero);
  struct netns_row* ns = bpf_map_lookup_elem(&netns, &mib);
  if (!row || !ns || ns->born_ns != born_ns) return -1;
  sample(row, mib, ns);
  /* Its counters are freed after it was forgotten: still known, what was read was theirs. */
  ns = bpf_map_lookup_elem(&netns, &mib);
  return ns && ns->born_ns == born_ns ? 0 : -1;
}

SEC("raw_tp") /* run by user space, args: address of a state */
int read_state(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  struct state_reading* r = bpf_map_lookup_elem(&reading, &zero);
  struct state_kept* row = state_row_of(ctx->args[0]);
  if (!r || !row || !copy_row(&r->row, row)) return -1;
  return read_whole(r, (struct xfrm_state*)ctx->args[0]) ? 0 : -1;
}

SEC("raw_tp") /* run by user space, args: address of a policy */
int read_policy(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  struct policy_row* r = bpf_map_lookup_elem(&policy_read, &zero);
  struct policy_kept* row = policy_row_of(ctx->args[0]);
  if (!r || !row) return -1;
  complete_policy(r, row, (struct xfrm_policy*)ctx->args[0]);
  return 0;
}

static __always_inline void tell_netns_made(const struct netns_row* ns) {
  struct netns_made_record* r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return; /* it costs the name only, which is looked up at its first event, too */
  r->header = (struct record_header){.kind = RECORD_NETNS_MADE, .mono_ns = ns->born_ns};
  r->born_ns = ns->born_ns;
  r->netns = ns->inum;
  r->reserved = 0;
  bpf_ringbuf_submit(r, 0);
}

static __always_inline void on_netns_made(__u64 address, int error) {
  struct net* net = (struct net*)address;
  struct netns_row* ns;
  if (error) return;
  ns = remember_netns(mib_of(net), BPF_CORE_READ(net, ns.inum), BPF_ANY);
  if (ns) tell_netns_made(ns);
}

/* The totals of a counter, of which `next` is the number. True at the end. */
static __always_inline bool forget_totals(const struct netns_row* ns, __u8* next) {
  struct total_key key = {.netns = ns->inum, .counter = *next, .born_ns = ns->born_ns};
  if (*next >= counters) return true;
  bpf_map_delete_elem(&totals, &key);
  key.counter = *next | AFTER_LIMIT;
  bpf_map_delete_elem(&totals, &key);
  key.counter = *next | FILTERED;
  if (filter.fields) bpf_map_delete_elem(&totals, &key);
  *next = next_turn(*next + 1);
  return false;
}

static __always_inline void forget_netns(__u64 mib, const struct netns_row* ns) {
  __u8 counter = 1;
  bpf_map_delete_elem(&netns, &mib);
  REPEAT(COUNTER_SLOTS, forget_totals(ns, &counter));
}

/* What was counted is handed over while the counters are still there. */
static __always_inline void hand_over(__u64 mib, const struct netns_row* ns) {
  struct netns_gone_record* r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) return count_lost(LOST_RING);
  r->header = (struct record_header){.kind = RECORD_NETNS_GONE, .mono_ns = bpf_ktime_get_ns()};
  r->netns = ns->inum;
  r->reserved = 0;
  r->born_ns = ns->born_ns;
  sample(&r->counters, mib, ns);
  bpf_ringbuf_submit(r, 0);
}

static __always_inline void on_netns_gone(__u64 net) {
  __u64 mib = mib_of((struct net*)net);
  struct netns_row ns = {}, *known = bpf_map_lookup_elem(&netns, &mib);
  if (!known) return;
  ns = *known;
  hand_over(mib, &ns);
  forget_netns(mib, &ns);
}

TYPED_RESULT_HOOK(netns_made, xfrm_net_init, 0, 1, PT_REGS_PARM1, on_netns_made, on_netns_made)
ENTRY_HOOK(netns_gone, xfrm_net_exit, on_netns_gone)

static __always_inline void tell_module(struct module* module, bool loaded) {
  struct module_record* r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
  if (!r) {
    count_lost(LOST_RING);
    return;
  }
  __builtin_memset(r, 0, sizeof(*r));
  r->header.kind = RECORD_MODULE;
  r->header.mono_ns = bpf_ktime_get_ns();
  r->loaded = loaded;
  BPF_CORE_READ_STR_INTO(&r->name, module, name);
  bpf_ringbuf_submit(r, 0);
}

SEC("raw_tp/module_load")
int on_module_load(struct bpf_raw_tracepoint_args* ctx) {
  tell_module((struct module*)ctx->args[0], true);
  return 0;
}

SEC("raw_tp/module_free")
int on_module_free(struct bpf_raw_tracepoint_args* ctx) {
  tell_module((struct module*)ctx->args[0], false);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
