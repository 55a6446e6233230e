// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decoded rows of the mirror: unknown values stay unknown, and any bytes are safe.
#include "../../user/decode/mirror.hpp"
#include "rows.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

State decoded(const state_row& row) {
  return decode_state(row, kClockOffset);
}

using Words = std::vector<std::string>;
using Upper = std::vector<std::pair<std::string, uint32_t>>;

// What a selector of this protocol says of two ports with full masks.
Upper upper(uint8_t proto, uint16_t sport, uint16_t dport, uint16_t mask = 0xffff) {
  state_row row = gcm();
  row.sel.proto = proto;
  row.sel.sport = htons(sport);
  row.sel.dport = htons(dport);
  row.sel.sport_mask = row.sel.dport_mask = mask;
  return decoded(row).sel.value().upper;
}

} // namespace

TEST_CASE("a state's identity") {
  state_row row = gcm();
  row.mark = 0xd00;
  row.mark_mask = 0xf00;
  row.if_id = 42;
  row.direction = STATE_DIR_IN;
  const State s = decoded(row);
  CHECK(s.netns.inum == 4026532000);
  CHECK(s.src == "10.0.0.1");
  CHECK(s.dst == "10.0.0.2");
  CHECK(s.proto == "esp");
  CHECK(s.spi == 0x55);
  CHECK(s.reqid == 1);
  CHECK(s.mode == "transport");
  CHECK(s.mark.value == 0xd00);
  CHECK(s.mark.mask == 0xf00);
  CHECK(s.if_id == 42);
  CHECK(s.dir == "in");
}

TEST_CASE("who made a state, and when, on the wall's clock") {
  const State s = decoded(gcm());
  CHECK(s.added.how == How::netlink);
  CHECK(s.added.mono_ns == 600'000'000'000);
  CHECK(s.added.real_ns == 1795359600'000000000);
  CHECK(s.added.by->pid == 4711);
  CHECK(s.added.by->comm == "ip");
  CHECK_FALSE(s.changed);
  CHECK_FALSE(s.removed);
}

TEST_CASE("what nobody did, or nobody saw, is unknown") {
  state_row row = gcm();
  row.netns = 0;
  row.added = by(nullptr, 0, 0, HOW_DUMPED);
  row.removed = by(nullptr, 0, 5, HOW_TIMER);
  const State s = decoded(row);
  CHECK_FALSE(s.netns.inum);
  CHECK(s.added.how == How::listed);
  CHECK_FALSE(s.added.real_ns);
  CHECK_FALSE(s.added.by);
  CHECK(s.removed.value().how == How::timer);
  CHECK(s.removed->mono_ns == 5);
}

TEST_CASE("a state that could not be read any more tells nothing that changes per packet") {
  state_row row = gcm();
  CHECK(decoded(row).live.value().km_state == "valid");
  row.live.read_ns = 0;
  CHECK_FALSE(decoded(row).live);
}

TEST_CASE("limits: none, in bytes and packets by ~0, in seconds by 0") {
  state_row row = gcm();
  row.limits.soft_bytes = 0;
  row.limits.hard_use_s = 9;
  const Limits l = decoded(row).limits;
  CHECK(l.soft_bytes == 0);
  CHECK_FALSE(l.hard_bytes);
  CHECK_FALSE(l.hard_packets);
  CHECK_FALSE(l.soft_add_s);
  CHECK(l.hard_use_s == 9);
}

TEST_CASE("with ESN the window in force is not what iproute2 calls replay-window") {
  state_row row = gcm();
  CHECK(decoded(row).plain_window == 32);
  row.small_window = 0;
  CHECK_FALSE(decoded(row).live->seq_hi);
  row.has = STATE_HAS_ESN;
  row.bitmap_words = 1;
  row.live.seq_hi = 7;
  const State s = decoded(row);
  CHECK(s.window == 32);
  CHECK(s.plain_window == 0);
  CHECK(s.live->seq_hi == 7);
}

TEST_CASE("the bitmap has the words of its window, and never more than there is room for") {
  state_reading reading{gcm(), {}};
  reading.bitmap[0] = 3;
  CHECK(decode_reading(reading, 0).live->bitmap == std::vector<uint32_t>{3});
  reading.row.has = STATE_HAS_ESN;
  for (const auto& [asked, got] : {std::pair{0u, 0u}, {10u, 10u}, {128u, 128u}, {~0u, 128u}}) {
    reading.row.bitmap_words = asked;
    CHECK(decode_reading(reading, 0).live->bitmap->size() == got);
  }
}

TEST_CASE("what a selector calls the ports depends on its protocol") {
  CHECK(upper(6, 80, 443) == Upper{{"sport", 80}, {"dport", 443}});
  CHECK(upper(0, 80, 443) == Upper{{"sport", 80}, {"dport", 443}});
  CHECK(upper(1, 8, 0) == Upper{{"type", 8}, {"code", 0}});
  CHECK(upper(58, 128, 1) == Upper{{"type", 128}, {"code", 1}});
  CHECK(upper(135, 5, 6) == Upper{{"type", 5}});
  CHECK(upper(47, 1, 2) == Upper{{"key", 65538}});
  CHECK(upper(6, 80, 443, 0).empty());
}

TEST_CASE("a selector of any family takes that of its state; one that is all zero is none") {
  state_row row = gcm();
  row.sel.family = AF_UNSPEC;
  CHECK_FALSE(decoded(row).sel);
  row.sel.prefixlen_d = 8;
  CHECK(decoded(row).sel->src == "0.0.0.0");
  CHECK(decoded(row).sel->family == 0);
  row.family = AF_INET6;
  CHECK(decoded(row).sel->src == "::");
}

TEST_CASE("a selector says which family it is bound to, a policy's is that of the policy") {
  CHECK(decoded(gcm()).sel->family == 4);
  state_row row = gcm();
  row.sel.family = AF_INET6;
  CHECK(decoded(row).sel->family == 6);
  policy_row policy = icmp_out();
  policy.sel.family = AF_UNSPEC;
  CHECK(decode_policy(policy, kClockOffset).sel.family == 4);
}

TEST_CASE("addresses of an impossible family are unknown") {
  state_row row = gcm();
  row.family = AF_PACKET;
  CHECK_FALSE(decoded(row).src);
  CHECK_FALSE(decoded(row).dst);
}

TEST_CASE("numbers without a word stay numbers, flags without one are hexadecimal") {
  state_row row = gcm();
  row.proto = 99;
  row.mode = 77;
  row.direction = 9;
  row.live.km_state = 200;
  row.flags = 0x81;
  row.extra_flags = 0x102;
  const State s = decoded(row);
  CHECK(s.proto == "99");
  CHECK(s.mode == "77");
  CHECK(s.dir == "9");
  CHECK(s.live->km_state == "200");
  CHECK(s.flag_names == Words{"noecn", "esn"});
  CHECK(s.extra_names == Words{"oseq-may-wrap", "100"});
}

TEST_CASE("names need no end") {
  state_row row = gcm();
  std::memset(row.algorithm[0].name, 'a', sizeof(row.algorithm[0].name));
  std::memset(row.added.comm, 'b', sizeof(row.added.comm));
  CHECK(decoded(row).crypto->name == std::string(ALGORITHM_NAME, 'a'));
  CHECK(decoded(row).added.by->comm == std::string(16, 'b'));
}

TEST_CASE("a policy, also a socket's") {
  policy_row row = icmp_out();
  row.flags = 7;
  row.type = XFRM_POLICY_TYPE_SUB;
  Policy p = decode_policy(row, kClockOffset);
  CHECK(p.dir == "out");
  CHECK_FALSE(p.socket);
  CHECK(p.action == "allow");
  CHECK(p.type == "sub");
  CHECK(p.flag_names == Words{"localok", "icmp", "4"});
  CHECK(p.templates.size() == 1);
  row.direction = 3;
  row.action = XFRM_POLICY_BLOCK;
  row.templates = 255;
  p = decode_policy(row, kClockOffset);
  CHECK(p.dir == "in");
  CHECK(p.socket);
  CHECK(p.action == "block");
  CHECK(p.templates.size() == TEMPLATES);
}

TEST_CASE("offload to a device, by the kernel's numbers") {
  state_row row = gcm();
  row.offload_ifindex = 7;
  row.offload_dir = 1;
  row.offload_type = 2;
  CHECK_FALSE(decoded(row).offload);
  row.has = STATE_HAS_OFFLOAD;
  CHECK(decoded(row).offload->dev.ifindex == 7);
  CHECK(decoded(row).offload->dir == "in");
  CHECK(decoded(row).offload->mode == "packet");
  row.offload_dir = 2;
  row.offload_type = 0; // kernels that know but one kind do not tell it
  CHECK(decoded(row).offload->dir == "out");
  CHECK(decoded(row).offload->mode == "crypto");
}
