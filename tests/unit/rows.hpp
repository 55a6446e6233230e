// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes rows of the mirror as the BPF programs fill them.
#pragma once

#include "records.hpp"

#include <cstdint>
#include <linux/xfrm.h>

namespace xs::test {

inline constexpr int64_t kClockOffset = 1795359000'000000000; // realtime minus monotonic
inline constexpr uint64_t kAddedAt = 1795359600;              // 2026-11-22 15:00:00 UTC

inline void set_address(__u8 (&field)[16], int family, const char* address) {
  inet_pton(family, address, field);
}

inline flow_selector selector(int family, const char* src, uint8_t src_bits, const char* dst, uint8_t dst_bits) {
  flow_selector s{};
  s.family = static_cast<uint16_t>(family);
  set_address(s.saddr, family, src);
  set_address(s.daddr, family, dst);
  s.prefixlen_s = src_bits;
  s.prefixlen_d = dst_bits;
  return s;
}

inline life_limits no_limits() {
  life_limits l{};
  l.soft_bytes = l.hard_bytes = l.soft_packets = l.hard_packets = ~0ull;
  return l;
}

inline algorithm alg(uint16_t kind, const char* name, uint32_t key_bits, uint16_t icv_bits = 0) {
  algorithm a{};
  put(a.name, name);
  a.kind = kind;
  a.key_bits = key_bits;
  a.icv_bits = icv_bits;
  return a;
}

inline actor by(const char* comm, uint32_t pid, uint64_t ns, uint8_t how) {
  actor h{};
  h.ns = ns;
  h.how = how;
  if (!comm) return h;
  h.in_process = 1;
  h.pid = pid;
  put(h.comm, comm);
  return h;
}

// As `ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x55 reqid 1 mode transport aead 'rfc4106(gcm(aes))'
// ... 128 replay-window 32` makes it.
inline state_row gcm() {
  state_row r{};
  r.netns = 4026532000;
  r.family = AF_INET;
  set_address(r.saddr, AF_INET, "10.0.0.1");
  set_address(r.daddr, AF_INET, "10.0.0.2");
  r.spi = htonl(0x55);
  r.proto = 50;
  r.reqid = 1;
  r.mode = XFRM_MODE_TRANSPORT;
  r.window = 32;
  r.small_window = 32;
  r.algorithm[0] = alg(ALGORITHM_AEAD, "rfc4106(gcm(aes))", 160, 128);
  r.sel = selector(AF_INET, "0.0.0.0", 0, "0.0.0.0", 0);
  r.limits = no_limits();
  r.live.read_ns = 1;
  r.live.km_state = 2; // XFRM_STATE_VALID
  r.live.used.added_s = kAddedAt;
  r.added = by("ip", 4711, 600'000'000'000, HOW_NETLINK);
  return r;
}

// As `ip xfrm policy add dir out src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp tmpl proto esp reqid 1 mode transport`
// makes it.
inline policy_row icmp_out() {
  policy_row p{};
  p.netns = 4026532000;
  p.family = AF_INET;
  p.sel = selector(AF_INET, "10.0.0.1", 32, "10.0.0.2", 32);
  p.sel.proto = 1;
  p.direction = XFRM_POLICY_OUT;
  p.index = 1;
  p.limits = no_limits();
  p.used.added_s = kAddedAt;
  p.templates = 1;
  p.tmpl[0].family = AF_INET;
  p.tmpl[0].proto = 50;
  p.tmpl[0].reqid = 1;
  p.tmpl[0].aalgos = p.tmpl[0].ealgos = p.tmpl[0].calgos = ~0u;
  p.added = by("ip", 4711, 600'000'000'000, HOW_NETLINK);
  return p;
}

} // namespace xs::test
