/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies the bytes of the packet that an error is about, for --pcap: what the kernel holds of it at that moment. */
#ifndef XFRM_SNAP_CAPTURE_BPF_H
#define XFRM_SNAP_CAPTURE_BPF_H

/* Packets are captured. */
const volatile bool capturing;
/* Packets that found the ring buffer full. */
__u64 bytes_lost;

/* The bytes of this processor's packet until its event is sent. */
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

/* Appends bytes [at, end) behind `head`, as far as there is room. The barriers keep the compiler from taking the bounds
 * away that the verifier wants to see. */
static __always_inline void append_bytes(struct bytes_record* r, const unsigned char* head, __u32 at, __u32 end) {
  __u32 size = r->size, more = end > at ? end - at : 0;
  barrier_var(size);
  if (size >= SNAP_MAX) return;
  if (more > SNAP_MAX - size) more = SNAP_MAX - size;
  barrier_var(more);
  if (more > SNAP_MAX) return;
  if (!bpf_probe_read_kernel(r->bytes + size, more, head + at)) r->size = size + more;
}

/* The packet's bytes from `network` on; if the kernel has made room behind the IP header that it has not filled yet,
 * the header's, up to `headers_end`, and those from `at` on. */
static __always_inline void capture(const unsigned char* head, __u32 network, __u32 headers_end, __u32 at, __u32 tail) {
  struct bytes_record* r = captured_here();
  if (!r) return;
  if (at <= headers_end) return append_bytes(r, head, network, tail);
  append_bytes(r, head, network, headers_end);
  append_bytes(r, head, at, tail);
}

/* What is captured from the IP header on names another protocol than that of the header which follows. */
static __always_inline void name_captured(__u32 at, __u8 proto) {
  struct bytes_record* r = captured_here();
  if (r && at < r->size) r->bytes[at & (SNAP_MAX - 1)] = proto;
}

#define RING_TURNS 128
#define RING_EAGER_TURNS 32
#define RING_PATIENCE_NS 200000000
#define RING_HEADER 16 /* bytes, the record's rounding included */
#define PAUSE_READS 256
#define PAUSES 128

static __always_inline bool has_room(__u64 size) {
  __u64 used = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
  return used + size + RING_HEADER <= bpf_ringbuf_query(&events, BPF_RB_RING_SIZE);
}

/* Some microseconds. Global, as is the next, so that the verifier walks it once and not at each call. */
__noinline int pause_briefly(void) {
  __u64 ns = 0;
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < PAUSE_READS; i++)
    ns ^= bpf_ktime_get_ns();
  return (int)ns;
}

/* A millisecond or so. */
__noinline int pause_longer(void) {
  __u32 i;
  int ns = 0;
#pragma clang loop unroll(disable)
  for (i = 0; i < PAUSES; i++)
    ns ^= pause_briefly();
  return ns;
}

/* False: the ring is full. A probe that is an int3 counts as an NMI, where the kernel does not wait for its turn at the
 * ring, but refuses while another processor has it. Then it is tried again: at once, since the other one needs less
 * than a microsecond, and after pauses, since a virtual one may be put aside by its host just then. */
static __always_inline bool put_into_ring(void* record, __u64 size) {
  __u64 begun = 0;
  __u32 i;
#pragma clang loop unroll(disable)
  for (i = 0; i < RING_TURNS; i++) {
    if (!bpf_ringbuf_output(&events, record, size, 0)) return true;
    if (!has_room(size)) return false;
    if (i == RING_EAGER_TURNS) begun = bpf_ktime_get_ns();
    if (i < RING_EAGER_TURNS) continue;
    if (bpf_ktime_get_ns() - begun > RING_PATIENCE_NS) return false;
    pause_longer();
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
