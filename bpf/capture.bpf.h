/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies the bytes of the packet that an error is about, as the kernel has them at that moment, for --pcap. */
#ifndef XFRM_SNAP_CAPTURE_BPF_H
#define XFRM_SNAP_CAPTURE_BPF_H

#include "compat.bpf.h"
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

#define RING_TRIES 48
#define RING_BRIEF_TRIES 16
#define RING_HEADER 16 /* bytes, including what a record is rounded up by */
#define PAUSE_PARTS 64

static __always_inline bool has_room(__u64 size) {
  __u64 used = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
  return used + size + RING_HEADER <= bpf_ringbuf_query(&events, BPF_RB_RING_SIZE);
}

/* Global functions, so that the verifier walks each once and not at each call. */
#define PAUSE(name, part)                                                                                              \
  __noinline int name(void) {                                                                                          \
    __u64 parts = 0;                                                                                                   \
    __u32 i;                                                                                                           \
    _Pragma("clang loop unroll(disable)") for (i = 0; i < PAUSE_PARTS; i++) parts ^= part();                           \
    return (int)parts;                                                                                                 \
  }

PAUSE(pause_2_us, bpf_ktime_get_ns)
PAUSE(pause_100_us, pause_2_us)
PAUSE(pause_6_ms, pause_100_us)

/* True: it is in the ring, or there is no room for it. */
static __always_inline bool try_ring(void* record, __u64 size, __u32* tries, bool* done) {
  *done = !bpf_ringbuf_output(&events, record, size, 0);
  if (*done || !has_room(size)) return true;
  if ((*tries)++ < RING_BRIEF_TRIES)
    pause_2_us();
  else
    pause_6_ms();
  *tries = next_number(*tries);
  return false;
}

/* False: the ring is full. A kprobe at an int3 runs as an NMI, in which the kernel does not wait for the ring's lock
 * but refuses while another CPU holds it: then this tries again. The first tries follow soon, since the other CPU needs
 * less than a microsecond; the last ones after 0.2 s, since a host may suspend a virtual CPU that holds the lock. */
static __always_inline bool put_into_ring(void* record, __u64 size) {
  bool done = false;
  __u32 tries = 0;
  REPEAT(RING_TRIES, try_ring(record, size, &tries, &done));
  return done;
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
