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

#define RING_TURNS 48
#define RING_BRIEF_TURNS 16
#define RING_HEADER 16 /* bytes, the record's rounding included */
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
static __always_inline bool try_ring(void* record, __u64 size, __u32* turn, bool* done) {
  *done = !bpf_ringbuf_output(&events, record, size, 0);
  if (*done || !has_room(size)) return true;
  if ((*turn)++ < RING_BRIEF_TURNS)
    pause_2_us();
  else
    pause_6_ms();
  *turn = next_number(*turn);
  return false;
}

/* False: the ring is full. A probe that is an int3 counts as an NMI, where the kernel does not wait for its turn at the
 * ring, but refuses while another processor has it. Then it is tried again: soon, since the other one needs less than a
 * microsecond, and for 0.2 s, since a virtual one may be put aside by its host just then. */
static __always_inline bool put_into_ring(void* record, __u64 size) {
  bool done = false;
  __u32 turn = 0;
  REPEAT(RING_TURNS, try_ring(record, size, &turn, &done));
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
