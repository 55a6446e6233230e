// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// States in ip-xfrm's lines. What is expected is what `ip xfrm state list nokeys` of iproute2 printed on Linux 6.12;
// with -s where it says statistics, but for its seq, which is not known here, and a blank that it forgets.
#include "../../user/decode/mirror.hpp"
#include "../../user/render/xfrm_block.hpp"
#include "rows.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace xs;
using namespace xs::test;

namespace {

constexpr BlockStyle kStatistics{.statistics = true, .utc = true};

std::string block(const state_reading& reading, const BlockStyle& style = {}) {
  return state_block(decode_reading(reading, kClockOffset), style);
}

std::string block(const state_row& row, const BlockStyle& style = {}) {
  return block(state_reading{row, {}}, style);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

state_row v6(uint8_t proto, uint8_t mode) {
  state_row r = gcm();
  r.family = AF_INET6;
  set_address(r.saddr, AF_INET6, "fd00::1");
  set_address(r.daddr, AF_INET6, "fd00::2");
  r.proto = proto;
  r.mode = mode;
  r.reqid = 0;
  r.window = 0;
  r.small_window = 0;
  r.sel = selector(AF_INET6, "::", 0, "::", 0);
  return r;
}

} // namespace

TEST_CASE("a state with AEAD that has seen two packets") {
  state_reading r{gcm(), {3}};
  r.row.live.seq = 2;
  CHECK(block(r) == "src 10.0.0.1 dst 10.0.0.2\n"
                    "\tproto esp spi 0x00000055 reqid 1 mode transport\n"
                    "\treplay-window 32 \n"
                    "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n"
                    "\tanti-replay context: seq 0x2, oseq 0x0, bitmap 0x00000003\n"
                    "\tsel src 0.0.0.0/0 dst 0.0.0.0/0 \n");
}

TEST_CASE("a state with marks, with and without an output mark") {
  state_row row = gcm();
  row.mark = 1;
  row.mark_mask = 0xff;
  CHECK(has(block(row), "\treplay-window 32 \n\tmark 0x1/0xff \n\taead "));
  row.set_mark = 5;
  row.set_mark_mask = 0xff;
  CHECK(has(block(row), "\treplay-window 32 \n\tmark 0x1/0xff output-mark 0x5/0xff\n\taead "));
  row.mark = 0;
  CHECK(has(block(row), "\tmark 0/0xff output-mark 0x5/0xff\n"));
  row.mark_mask = 0;
  row.set_mark_mask = ~0u;
  CHECK(has(block(row), "\treplay-window 32 \n\toutput-mark 0x5/0xffffffff\n\taead "));
}

TEST_CASE("a state with all flags, encryption and authentication, without a selector") {
  state_row row = gcm();
  row.spi = htonl(0x1001);
  row.reqid = 16;
  row.window = 0;
  row.small_window = 0;
  row.flags = 0x7f;
  row.extra_flags = 3;
  row.algorithm[0] = alg(ALGORITHM_ENC, "cbc(aes)", 128);
  row.algorithm[1] = alg(ALGORITHM_AUTH, "hmac(sha256)", 256, 128);
  row.sel = {};
  CHECK(block(row) == "src 10.0.0.1 dst 10.0.0.2\n"
                      "\tproto esp spi 0x00001001 reqid 16 mode transport\n"
                      "\treplay-window 0 flag noecn decap-dscp nopmtudisc wildrecv icmp af-unspec align4\n"
                      "\tauth-trunc hmac(sha256) <<Keys hidden>> 128\n"
                      "\tenc cbc(aes) <<Keys hidden>>\n"
                      "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n");
  CHECK(has(block(row, kStatistics),
            "\tproto esp spi 0x00001001(4097) reqid 16(0x00000010) mode transport\n"
            "\treplay-window 0 flag noecn decap-dscp nopmtudisc wildrecv icmp af-unspec align4 extra_flag "
            "dont-encap-dscp oseq-may-wrap (0x01111111)\n"
            "\tauth-trunc hmac(sha256) <<Keys hidden>> (256 bits) 128\n"
            "\tenc cbc(aes) <<Keys hidden>> (128 bits)\n"));
}

TEST_CASE("a state with ESN and a bitmap of ten words, the highest first") {
  state_reading r{gcm(), {1, 0, 0, 0, 0, 0, 0, 0, 0, 0xab}};
  r.row.spi = htonl(0x1004);
  r.row.reqid = 0;
  r.row.mode = XFRM_MODE_TUNNEL;
  r.row.flags = XFRM_STATE_AF_UNSPEC | XFRM_STATE_ESN;
  r.row.has = STATE_HAS_ESN;
  r.row.window = 300;
  r.row.small_window = 0;
  r.row.bitmap_words = 10;
  r.row.live.seq_hi = 0x1f;
  r.row.live.oseq = 0xffffffff;
  r.row.if_id = 42;
  r.row.sel = {};
  CHECK(block(r) == "src 10.0.0.1 dst 10.0.0.2\n"
                    "\tproto esp spi 0x00001004 reqid 0 mode tunnel\n"
                    "\treplay-window 0 flag af-unspec esn\n"
                    "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n"
                    "\tanti-replay esn context:\n"
                    "\t seq-hi 0x1f, seq 0x0, oseq-hi 0x0, oseq 0xffffffff\n"
                    "\t replay_window 300, bitmap-length 10\n"
                    "\t 000000ab 00000000 00000000 00000000 00000000 00000000 00000000 00000000 \n"
                    "\t 00000000 00000001 \n"
                    "\tif_id 0x2a\n");
}

TEST_CASE("what iproute2 calls replay-window is printed where it is known") {
  State s = decode_state(gcm(), 0);
  s.esn = true;
  s.plain_window = 0;
  s.flag_names = {"esn"};
  s.flags = XFRM_STATE_ESN;
  CHECK(has(state_block(s), "\treplay-window 0 flag esn\n"));
}

TEST_CASE("AH in a tunnel with a selector of ports and a device") {
  state_row row = gcm();
  row.proto = 51;
  row.mode = XFRM_MODE_TUNNEL;
  row.algorithm[0] = {};
  row.algorithm[1] = alg(ALGORITHM_AUTH, "hmac(sha1)", 160, 96);
  row.sel = selector(AF_INET, "10.1.0.0", 16, "10.2.0.0", 16);
  row.sel.proto = 6;
  row.sel.sport = htons(80);
  row.sel.dport = htons(443);
  row.sel.sport_mask = row.sel.dport_mask = 0xffff;
  row.sel.ifindex = 2;
  State s = decode_state(row, 0);
  CHECK(has(state_block(s), "\tsel src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 80 dport 443 dev if2 \n"));
  s.sel->dev->name = "va";
  CHECK(has(state_block(s), "\treplay-window 32 \n\tauth-trunc hmac(sha1) <<Keys hidden>> 96\n"));
  CHECK(has(state_block(s), "\tsel src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 80 dport 443 dev va \n"));
}

TEST_CASE("IPComp, and ESP in UDP with limits") {
  state_row row = gcm();
  row.proto = 108;
  row.algorithm[0] = alg(ALGORITHM_COMP, "deflate", 0);
  CHECK(has(block(row), "\treplay-window 32 \n\tcomp deflate <<Keys hidden>>\n\tanti-replay"));
  row = gcm();
  row.has = STATE_HAS_ENCAP;
  row.encap_type = 2;
  row.encap_sport = htons(4500);
  row.encap_dport = htons(4501);
  row.algorithm[0] = alg(ALGORITHM_ENC, "ecb(cipher_null)", 0);
  row.algorithm[1] = alg(ALGORITHM_AUTH, "digest_null", 0, 0);
  row.limits = {1000, 2000, 10, 20, 100, 200, 300, 400};
  row.live.used = {128, 2, kAddedAt, kAddedAt + 61};
  row.live.late = 3;
  row.live.replayed = 4;
  row.live.integrity_failed = 5;
  CHECK(block(row, kStatistics) == "src 10.0.0.1 dst 10.0.0.2\n"
                                   "\tproto esp spi 0x00000055(85) reqid 1(0x00000001) mode transport\n"
                                   "\treplay-window 32 flag  (0x00000000)\n"
                                   "\tauth-trunc digest_null <<Keys hidden>> 0\n"
                                   "\tenc ecb(cipher_null) <<Keys hidden>>\n"
                                   "\tencap type espinudp sport 4500 dport 4501 addr 0.0.0.0\n"
                                   "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n"
                                   "\tsel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0\n"
                                   "\tlifetime config:\n"
                                   "\t  limit: soft 1000(bytes), hard 2000(bytes)\n"
                                   "\t  limit: soft 10(packets), hard 20(packets)\n"
                                   "\t  expire add: soft 100(sec), hard 200(sec)\n"
                                   "\t  expire use: soft 300(sec), hard 400(sec)\n"
                                   "\tlifetime current:\n"
                                   "\t  128(bytes), 2(packets)\n"
                                   "\t  add 2026-11-22 15:00:00 use 2026-11-22 15:01:01\n"
                                   "\tstats:\n"
                                   "\t  replay-window 3 replay 4 failed 5\n");
}

TEST_CASE("IPv6: beet with an ICMPv6 selector, route optimization with a care-of address and no SPI") {
  state_row row = v6(50, XFRM_MODE_BEET);
  row.sel.proto = 58;
  row.sel.sport = htons(128);
  row.sel.dport = htons(1);
  row.sel.sport_mask = row.sel.dport_mask = 0xffff;
  CHECK(has(block(row), "src fd00::1 dst fd00::2\n\tproto esp spi 0x00000055 reqid 0 mode beet\n"));
  CHECK(has(block(row), "\tsel src ::/0 dst ::/0 proto ipv6-icmp type 128 code 1 \n"));
  row = v6(60, XFRM_MODE_ROUTEOPTIMIZATION);
  row.spi = 0;
  row.algorithm[0] = {};
  row.has = STATE_HAS_COADDR;
  set_address(row.coaddr, AF_INET6, "fd00::9");
  CHECK(block(row) == "src fd00::1 dst fd00::2\n"
                      "\tproto hao reqid 0 mode ro\n"
                      "\treplay-window 0 \n"
                      "\tcoa fd00::9\n"
                      "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n"
                      "\tsel src ::/0 dst ::/0 \n");
}

TEST_CASE("a larval state") {
  state_row row = gcm();
  row.spi = 0;
  row.algorithm[0] = {};
  row.live.km_state = 1;
  row.limits.hard_add_s = 165;
  CHECK(has(block(row), "\tproto esp spi 0x00000000 reqid 1 mode transport\n\treplay-window 32 \n\tanti-replay"));
  CHECK(has(block(row, kStatistics), "\tlifetime config:\n"
                                     "\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
                                     "\t  limit: soft (INF)(packets), hard (INF)(packets)\n"
                                     "\t  expire add: soft 0(sec), hard 165(sec)\n"
                                     "\t  expire use: soft 0(sec), hard 0(sec)\n"
                                     "\tlifetime current:\n"
                                     "\t  0(bytes), 0(packets)\n"
                                     "\t  add 2026-11-22 15:00:00 use -\n"));
}

TEST_CASE("offload, padding, direction, CPU, last use: words and order of newer iproute2") {
  state_row row = gcm();
  row.has = STATE_HAS_OFFLOAD | STATE_HAS_PCPU;
  row.offload_ifindex = 3;
  row.offload_dir = 1;
  row.offload_type = 2;
  row.if_id = 7;
  row.tfcpad = 64;
  row.direction = STATE_DIR_OUT;
  row.pcpu = 0;
  State s = decode_state(row, 0);
  s.live->last_used_s = kAddedAt;
  CHECK(has(state_block(s, {.utc = true}), "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n"
                                           "\tlastused 2026-11-22 15:00:00\n"
                                           "\tanti-replay context: seq 0x0, oseq 0x0\n"
                                           "\tcrypto offload parameters: dev if3 dir in mode packet\n"
                                           "\tif_id 0x7\n"
                                           "\ttfcpad 64\n"
                                           "\tdir out\n"
                                           "\tpcpu-num 0\n"
                                           "\tsel src"));
}

TEST_CASE("moments are in local time, as those of iproute2") {
  setenv("TZ", "XST-5:30", 1);
  tzset();
  CHECK(has(block(gcm(), {.statistics = true}), "\t  add 2026-11-22 20:30:00 use -\n"));
  unsetenv("TZ");
  tzset();
}

TEST_CASE("what could not be read is left out") {
  state_row row = gcm();
  row.live.read_ns = 0;
  const std::string text = block(row, kStatistics);
  CHECK_FALSE(has(text, "anti-replay"));
  CHECK_FALSE(has(text, "lifetime current"));
  CHECK_FALSE(has(text, "stats:"));
  CHECK(has(text, "lifetime config:"));
}

TEST_CASE("a deleted state says when it went and by whom") {
  state_row row = gcm();
  row.removed = by("charon", 99, 1'000'000'000, HOW_REPLACED);
  const State s = decode_state(row, 0);
  const std::string text = deleted_block(s, 13'345'000'000);
  CHECK(text == state_block(s) + "\tdeleted 12.3 s ago by charon[99] (replaced)\n");
  row.removed = by(nullptr, 0, 0, HOW_UNKNOWN);
  CHECK(has(deleted_block(decode_state(row, 0), 5), "\tdeleted\n"));
}
