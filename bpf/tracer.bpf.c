// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The programs that run at increments of /proc/net/xfrm_stat and at losses: they read the packet, count, and send
// events.
#include "capture.bpf.h"
#include "count.bpf.h"
#include "counters.bpf.h"
#include "event.bpf.h"
#include "filter.bpf.h"
#include "kernel.bpf.h"
#include "looked_up.bpf.h"
#include "loss.bpf.h"
#include "packet_evidence.bpf.h"
#include "tc_evidence.bpf.h"
#include "reported.bpf.h"

#include "netns_hooks.bpf.h"
#include "policy_hooks.bpf.h"
#include "state_hooks.bpf.h"
#include "tc_change.bpf.h"
#include "tc_hooks.bpf.h"
#include "tcx_hooks.bpf.h"

/* The gate: user space opens it once every site is attached. */
bool tracing;

/* Looks the event in `scratch` up in the mirror, and sends it. */
SEC("kprobe")
int emit_event(struct pt_regs* ctx) {
  struct error_record* e = current_event();
  if (!e) return 0;
  look_up_mirror(e);
  look_up_tc(e);
  keep_first(e);
  send(e);
  return 0;
}

/* Reads the evidence of the packet into the event in `scratch`. */
SEC("kprobe")
int read_evidence(struct pt_regs* ctx) {
  __u64 address = probed_address(ctx);
  struct error_record* e = current_event();
  struct site* site = bpf_map_lookup_elem(&sites, &address);
  if (!e) return 0;
  if (site) read_packet_evidence(e, ctx, site);
  if (site) fill_looked_up(e, ctx, site);
  bpf_tail_call(ctx, &next, NEXT_EMIT_EVENT);
  lose_event(); /* only if the tail call failed */
  return 0;
}

/* An increment follows, whose site no longer has what is known here. */
SEC("kprobe")
int on_mark(struct pt_regs* ctx) {
  __u64 address = probed_address(ctx);
  struct mark* mark = bpf_map_lookup_elem(&marks, &address);
  if (mark && tracing) take_note(ctx, mark);
  return 0;
}

/* Counts an event whose key is complete, and sends it unless its row has sent enough. */
static __always_inline int count_and_send(struct error_record* e, struct pt_regs* ctx) {
  fill_process(e, ctx);
  if (!count(e)) return 0;
  send_bytes(e);
  bpf_tail_call(ctx, &next, NEXT_READ_EVIDENCE);
  lose_event(); /* only if the tail call failed */
  return 0;
}

/* The site of the probe that runs; NULL: none, or the gate is closed. */
static __always_inline struct site* site_here(struct pt_regs* ctx) {
  __u64 address = probed_address(ctx);
  struct site* site = tracing ? bpf_map_lookup_elem(&sites, &address) : 0;
  if (tracing && !site) count_lost(LOST_NO_SITE);
  return site;
}

SEC("kprobe")
int on_increment(struct pt_regs* ctx) {
  struct error_record* e = current_event();
  struct site* site = site_here(ctx);
  struct sk_buff* skb;
  __u32 apart = past_limit() ? AFTER_LIMIT : 0; /* asked once: other CPUs may send events meanwhile */
  if (!site || !e) return 0;
  start_record(e, site);
  read_increment(e, ctx, site);
  note_transform_error(e, site);
  forget_bytes();
  skb = fetch_skb(ctx, site, e->mib);
  find_netns(e, ctx, site, skb);
  if (!wants_counter(e)) {
    fetch_note(site, MARK_FLOW); /* discarded: it is not for the next increment */
    add_total(e, apart ? apart : FILTERED, e->amount);
    return 0;
  }
  fill_packet(e, ctx, site, skb);
  if (!apart && !wants_packet(e)) apart = FILTERED;
  add_total(e, apart, e->amount);
  if (apart) return 0;
  e->packets = skb ? packets_of(skb) : 0;
  note_integrity(e);
  if (site->output && !note_returned(e, ctx, site)) note_error(e, ctx);
  e->key.id = e->packet.id;
  if (site->output) remember_report(e, skb, true);
  return count_and_send(e, ctx);
}

/* A place where packets are dropped without a counter. */
SEC("kprobe")
int on_loss(struct pt_regs* ctx) {
  struct error_record* e = current_event();
  struct site* site = site_here(ctx);
  __u32 apart = past_limit() ? AFTER_LIMIT : 0;
  if (!site || !e) return 0;
  start_record(e, site);
  e->search.main_at = 0;
  forget_bytes();
  if (!find_loss(e, ctx, site)) return 0;
  e->key.id = e->packet.id;
  if (e->key.counter == LOSS_TOO_BIG) remember_report(e, fetch_object(ctx, site, ROLE_SKB), false);
  if (!apart && (!wants_counter(e) || !wants_packet(e))) apart = FILTERED;
  add_total(e, apart, e->amount);
  if (apart) return 0;
  return count_and_send(e, ctx);
}

SEC("raw_tp") /* run by user space, args: address of the counters, born_ns of their netns */
int sample_counters(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  __u64 mib = ctx->args[0], born_ns = ctx->args[1];
  struct counters_row* row = bpf_map_lookup_elem(&sampled, &zero);
  struct netns_row* ns = bpf_map_lookup_elem(&netns, &mib);
  if (!row || !ns || ns->born_ns != born_ns) return -1;
  sample(row, mib, ns);
  /* The row is deleted before the counters are freed: if it still exists, what was read is valid. */
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
  if (!r || !row || !copy_policy(r, row)) return -1;
  complete_policy(r, (struct xfrm_policy*)ctx->args[0]);
  return 0;
}

static __always_inline void emit_module(struct module* module, bool loaded) {
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
  emit_module((struct module*)ctx->args[0], true);
  return 0;
}

SEC("raw_tp/module_free")
int on_module_free(struct bpf_raw_tracepoint_args* ctx) {
  emit_module((struct module*)ctx->args[0], false);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
