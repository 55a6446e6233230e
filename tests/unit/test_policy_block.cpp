// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Policies in ip-xfrm's lines. What is expected is what `ip xfrm policy` of iproute2 printed on Linux 6.12, with -s
// where it says statistics.
#include "../../user/decode/mirror.hpp"
#include "../../user/render/xfrm_block.hpp"
#include "rows.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr BlockStyle kStatistics{.statistics = true, .utc = true};

std::string block(const policy_row& row, const BlockStyle& style = {}) {
  return policy_block(decode_policy(row, kClockOffset), style);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

template_row tmpl(const char* src, const char* dst, uint8_t proto, uint8_t mode, uint32_t reqid) {
  template_row t{};
  t.family = AF_INET;
  set_address(t.saddr, AF_INET, src);
  set_address(t.daddr, AF_INET, dst);
  t.proto = proto;
  t.mode = mode;
  t.reqid = reqid;
  t.aalgos = t.ealgos = t.calgos = ~0u;
  return t;
}

policy_row three_templates() {
  policy_row p = icmp_out();
  p.sel = selector(AF_INET, "10.5.0.0", 16, "10.6.0.0", 24);
  p.sel.proto = 6;
  p.sel.dport = htons(443);
  p.sel.dport_mask = 0xffff;
  p.sel.ifindex = 2;
  p.direction = XFRM_POLICY_FWD;
  p.type = XFRM_POLICY_TYPE_SUB;
  p.index = 26;
  p.flags = XFRM_POLICY_LOCALOK | XFRM_POLICY_ICMP;
  p.templates = 3;
  p.tmpl[0] = tmpl("1.1.1.1", "2.2.2.2", 50, XFRM_MODE_TUNNEL, 9);
  p.tmpl[0].spi = htonl(0x1234);
  p.tmpl[0].optional = 1;
  p.tmpl[1] = tmpl("0.0.0.0", "0.0.0.0", 108, XFRM_MODE_TRANSPORT, 10);
  p.tmpl[2] = tmpl("0.0.0.0", "0.0.0.0", 51, XFRM_MODE_BEET, 0);
  return p;
}

} // namespace

TEST_CASE("a policy") {
  CHECK(block(icmp_out()) == "src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp \n"
                             "\tdir out priority 0 ptype main \n"
                             "\ttmpl src 0.0.0.0 dst 0.0.0.0\n"
                             "\t\tproto esp reqid 1 mode transport\n");
}

TEST_CASE("a policy with three templates") {
  Policy p = decode_policy(three_templates(), 0);
  p.sel.dev->name = "va";
  CHECK(policy_block(p) == "src 10.5.0.0/16 dst 10.6.0.0/24 proto tcp dport 443 dev va \n"
                           "\tdir fwd priority 0 ptype sub flag localok icmp\n"
                           "\ttmpl src 1.1.1.1 dst 2.2.2.2\n"
                           "\t\tproto esp spi 0x00001234 reqid 9 mode tunnel\n"
                           "\t\tlevel use \n"
                           "\ttmpl src 0.0.0.0 dst 0.0.0.0\n"
                           "\t\tproto comp reqid 10 mode transport\n"
                           "\ttmpl src 0.0.0.0 dst 0.0.0.0\n"
                           "\t\tproto ah reqid 0 mode beet\n");
  CHECK(has(policy_block(p, kStatistics),
            "src 10.5.0.0/16 dst 10.6.0.0/24 proto tcp dport 443 dev va uid 0\n"
            "\tdir fwd action allow index 26 priority 0 ptype sub share any flag localok icmp (0x00000011)\n"
            "\tlifetime config:\n"));
  CHECK(has(policy_block(p, kStatistics), "\ttmpl src 0.0.0.0 dst 0.0.0.0\n"
                                          "\t\tproto comp spi 0x00000000(0) reqid 10(0x0000000a) mode transport\n"
                                          "\t\tlevel required share any \n"
                                          "\t\tenc-mask ffffffff auth-mask ffffffff comp-mask ffffffff\n"));
}

TEST_CASE("a policy that blocks, with a mark, an interface and a device; a socket's") {
  policy_row p = icmp_out();
  p.sel = selector(AF_INET, "10.5.0.0", 16, "10.6.0.0", 24);
  p.action = XFRM_POLICY_BLOCK;
  p.priority = 17;
  p.mark = 0xd00;
  p.mark_mask = 0xf00;
  p.if_id = 7;
  p.templates = 0;
  CHECK(block(p) == "src 10.5.0.0/16 dst 10.6.0.0/24 \n"
                    "\tdir out action block priority 17 ptype main \n"
                    "\tmark 0xd00/0xf00 \n"
                    "\tif_id 0x7\n");
  p.offload_ifindex = 4;
  p.offload_type = 2;
  CHECK(has(block(p), "\tmark 0xd00/0xf00 \n\tcrypto offload parameters: dev if4 mode packet\n\tif_id 0x7\n"));
  p = icmp_out();
  p.direction = XFRM_POLICY_MAX + XFRM_POLICY_OUT;
  CHECK(has(block(p), "\tsocket out priority 0 ptype main \n"));
}

TEST_CASE("a policy of IPv6, with the type of a mobility header") {
  policy_row p = icmp_out();
  p.family = AF_INET6;
  p.sel = selector(AF_UNSPEC, "", 0, "", 0);
  set_address(p.sel.saddr, AF_INET6, "fd00::");
  p.sel.prefixlen_s = 64;
  p.sel.proto = 135;
  p.sel.sport = htons(5);
  p.sel.sport_mask = 0xffff;
  CHECK(has(block(p), "src fd00::/64 dst ::/0 proto mobility-header type 5 \n"));
}
