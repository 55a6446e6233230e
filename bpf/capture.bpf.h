/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies the bytes of the packet that an error is about, as the kernel has them at that moment, for --pcap. */
#ifndef XFRM_SNAP_CAPTURE_BPF_H
#define XFRM_SNAP_CAPTURE_BPF_H

#include "maps.bpf.h"

/* Packets are captured. */
const volatile bool capturing;
/* Packets whose bytes the ring buffer had no room for. */
__u64 bytes_lost;

/* The bytes of the packet that each CPU is at, until its event is sent. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct bytes_record);
} captured SEC(".maps");

static __always_inline struct bytes_record* captured_here(void) {
  __u32 zero = 0;
  return capturing ? bpf_map_lookup_elem(&captured, &zero) : 0;
}

static __always_inline void forget_bytes(void) {
  struct bytes_record* r = captured_here();
  if (r) r->size = 0;
}

/* Appends bytes [at, end) behind `head`, as far as there is room. The barriers keep the compiler from removing bounds
 * that the verifier needs to see. */
static __always_inline void append_bytes(struct bytes_record* r, const unsigned char* head, __u32 at, __u32 end) {
  __u32 size = r->size, more = end > at ? end - at : 0;
  barrier_var(size);
  if (size >= SNAP_MAX) return;
  if (more > SNAP_MAX - size) more = SNAP_MAX - size;
  barrier_var(more);
  if (more > SNAP_MAX) return;
  if (!bpf_probe_read_kernel(r->bytes + size, more, head + at)) r->size = size + more;
}

/* Captures the packet from `network` on. If the kernel has made room behind the IP header and not filled it yet, that
 * room, from `headers_end` to `at`, is left out. */
static __always_inline void capture(const unsigned char* head, __u32 network, __u32 headers_end, __u32 at, __u32 tail) {
  struct bytes_record* r = captured_here();
  if (!r) return;
  if (at <= headers_end) return append_bytes(r, head, network, tail);
  append_bytes(r, head, network, headers_end);
  append_bytes(r, head, at, tail);
}

/* Corrects the protocol in the captured IP header: the byte at `at` names the header that follows. */
static __always_inline void name_captured(__u32 at, __u8 proto) {
  struct bytes_record* r = captured_here();
  if (r && at < r->size) r->bytes[at & (SNAP_MAX - 1)] = proto;
}

#define RING_TRIES 64
#define RING_HEADER 16 /* bytes, including what a record is rounded up by */

static __always_inline bool has_room(__u64 size) {
  __u64 used = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
  return used + size + RING_HEADER <= bpf_ringbuf_query(&events, BPF_RB_RING_SIZE);
}

/* False: the ring is full. A kprobe at an int3 runs as an NMI, in which the kernel does not wait for the ring's lock
 * but refuses while another CPU holds it: then this tries again. */
static __always_inline bool put_into_ring(void* record, __u64 size) {
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < RING_TRIES; i++) {
    if (!bpf_ringbuf_output(&events, record, size, 0)) return true;
    if (!has_room(size)) return false;
  }
  return false;
}

static __always_inline void send_bytes(const struct error_record* e) {
  struct bytes_record* r = captured_here();
  __u32 size = r ? r->size : 0;
  barrier_var(size);
  if (!r || !size || size > SNAP_MAX) return;
  r->header.kind = RECORD_BYTES;
  r->header.cpu = e->header.cpu;
  r->header.mono_ns = e->header.mono_ns;
  if (!put_into_ring(r, __builtin_offsetof(struct bytes_record, bytes) + size)) __sync_fetch_and_add(&bytes_lost, 1);
}

#endif
