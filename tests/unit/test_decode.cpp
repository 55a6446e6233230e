// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decoded records: unknown values stay unknown, and any bytes are safe.
#include "../../user/collect/netns_id.hpp"
#include "../../user/decode/decode.hpp"
#include "records.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace xs;
using namespace xs::test;

namespace {

packet esp4() {
  packet p{};
  p.id = identity(AF_INET, "192.0.2.1", "198.51.100.2", 50, 0x1003);
  p.seq = 7;
  p.len = 120;
  p.mark = 0xd00;
  p.ifindex = 2;
  p.sport = 4500;
  p.dport = 4501;
  p.flags = PACKET_FOUND;
  put(p.ifname, "eth0");
  return p;
}

PacketInfo decoded(packet p, uint32_t flags) {
  p.flags = flags;
  return decode_packet(p).value();
}

// Which of the fields that a flag stands for are there.
std::vector<bool> known(const PacketInfo& p) {
  return {p.src && p.dst,     p.spi.has_value(),     p.seq.has_value(), p.sport && p.dport, p.len.has_value(),
          p.mark.has_value(), p.ifindex && p.ifname, p.is_flow,         p.proto.has_value()};
}

template <class T> T roundtrip(const T& record) {
  const Record out = decode(bytes_of(record));
  REQUIRE(std::holds_alternative<T>(out));
  return std::get<T>(out);
}

} // namespace

TEST_CASE("an error's record comes through whole, with and without a stack") {
  error_record sent = error(key({7, 0}, XfrmInNoStates), 3);
  sent.packet = esp4();
  sent.stack_size = 2;
  sent.stack[1] = 0xffffffff81000000;
  CHECK(roundtrip(sent).stack[1] == 0xffffffff81000000);
  CHECK(roundtrip(sent).key.netns == 7);
  const Record without = decode(bytes_of(sent).first(offsetof(error_record, stack)));
  REQUIRE(std::holds_alternative<error_record>(without));
  CHECK(std::get<error_record>(without).row_count == 3);
  CHECK(std::get<error_record>(without).packet.len == 120);
  CHECK(std::get<error_record>(without).stack[1] == 0);
}

TEST_CASE("records of netns and modules come through whole") {
  netns_gone_record gone{};
  gone.header.kind = RECORD_NETNS_GONE;
  gone.netns = 4026532000;
  gone.counters.seen_delta[COUNTER_SLOTS - 1] = 5;
  CHECK(roundtrip(gone).netns == 4026532000);
  CHECK(roundtrip(gone).counters.seen_delta[COUNTER_SLOTS - 1] == 5);
  netns_made_record made{};
  made.header.kind = RECORD_NETNS_MADE;
  made.netns = 4026532001;
  made.born_ns = 17;
  CHECK(netns_id(roundtrip(made)) == NetnsId{4026532001, 17});
  module_record module{};
  module.header.kind = RECORD_MODULE;
  module.loaded = 1;
  put(module.name, "xfrm_interface");
  CHECK(roundtrip(module).loaded == 1);
  CHECK(std::string(roundtrip(module).name) == "xfrm_interface");
}

TEST_CASE("a record longer than its kind is taken for what is known of it") {
  std::vector<uint8_t> longer(sizeof(module_record) + 8, 0xff); // a ring buffer rounds up
  module_record module{};
  module.header.kind = RECORD_MODULE;
  std::memcpy(longer.data(), &module, sizeof(module));
  CHECK(std::holds_alternative<module_record>(decode(longer)));
}

TEST_CASE("a record cut short is no record, wherever it is cut") {
  struct Kind {
    uint32_t kind;
    size_t least;
  };
  for (const auto& [kind, least] :
       {Kind{RECORD_ERROR, offsetof(error_record, evidence.state)}, Kind{RECORD_NETNS_GONE, sizeof(netns_gone_record)},
        Kind{RECORD_MODULE, sizeof(module_record)}, Kind{RECORD_STATE_CHANGE, sizeof(state_change_record)},
        Kind{RECORD_POLICY_CHANGE, sizeof(policy_change_record)}, Kind{RECORD_DEFAULTS, sizeof(defaults_record)},
        Kind{RECORD_MIGRATED, sizeof(migrated_record)}, Kind{RECORD_NETNS_MADE, sizeof(netns_made_record)},
        Kind{RECORD_TC_CHANGE, sizeof(tc_change_record)}, Kind{RECORD_TAIL, sizeof(tail_record)}}) {
    std::vector<uint8_t> whole(least);
    std::memcpy(whole.data(), &kind, sizeof(kind));
    CHECK(decode(whole).index() == kind);
    for (size_t length = 0; length < least; length++) {
      const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length)); // ASan: exact end
      CHECK(decode(cut).index() == 0);
    }
  }
}

TEST_CASE("an error without a part of the evidence that it claims is no record") {
  const std::pair<int, size_t> kParts[] = {{EVIDENCE_STATE, offsetof(error_record, evidence.deleted)},
                                           {EVIDENCE_DELETED, offsetof(error_record, evidence.policy)},
                                           {EVIDENCE_POLICY, offsetof(error_record, tc)}};
  for (const auto& [part, end] : kParts) {
    error_record e{};
    e.header.kind = RECORD_ERROR;
    e.evidence.has = static_cast<uint8_t>(part);
    std::vector<uint8_t> bytes(end);
    std::memcpy(bytes.data(), &e, end);
    CHECK(std::holds_alternative<error_record>(decode(bytes)));
    bytes.pop_back();
    CHECK(decode(bytes).index() == 0);
  }
}

TEST_CASE("a record of no known kind is no record") {
  for (const uint32_t kind : {0u, RECORD_TAIL + 1u, 0x100u | RECORD_ERROR, ~0u}) {
    std::vector<uint8_t> bytes(4096);
    std::memcpy(bytes.data(), &kind, sizeof(kind));
    CHECK(decode(bytes).index() == 0);
  }
}

TEST_CASE("random bytes do no harm") {
  std::mt19937 random(5);
  for (int run = 0; run < 20000; run++) {
    std::vector<uint8_t> bytes(random() % 3500);
    for (uint8_t& b : bytes)
      b = static_cast<uint8_t>(random());
    const uint32_t kind = random() % 9;
    if (bytes.size() >= sizeof(kind)) std::memcpy(bytes.data(), &kind, sizeof(kind));
    const Record record = decode(bytes);
    if (const auto* e = std::get_if<error_record>(&record)) decode_packet(e->packet);
  }
}

TEST_CASE("each flag brings its own fields and no others") {
  const packet p = esp4();
  //                              addresses spi    seq    ports  len    mark   if     flow   proto
  using Known = std::vector<bool>;
  CHECK(known(decoded(p, PACKET_FOUND)) == Known{true, false, false, false, false, false, false, false, true});
  CHECK(known(decoded(p, PACKET_HAS_SPI)) == Known{false, true, false, false, false, false, false, false, false});
  CHECK(known(decoded(p, PACKET_HAS_SEQ)) == Known{false, false, true, false, false, false, false, false, false});
  CHECK(known(decoded(p, PACKET_HAS_PORTS)) == Known{false, false, false, true, false, false, false, false, false});
  CHECK(known(decoded(p, PACKET_HAS_LEN)) == Known{false, false, false, false, true, false, false, false, false});
  CHECK(known(decoded(p, PACKET_HAS_MARK)) == Known{false, false, false, false, false, true, false, false, false});
  CHECK(known(decoded(p, PACKET_HAS_IF)) == Known{false, false, false, false, false, false, true, false, false});
  CHECK(known(decoded(p, PACKET_IS_FLOW)) == Known{false, false, false, false, false, false, false, true, true});
}

TEST_CASE("each field has its value, the SPI in the order people write it") {
  const PacketInfo p = decoded(esp4(), 0xff & ~PACKET_IS_FLOW);
  CHECK(p.src == "192.0.2.1");
  CHECK(p.dst == "198.51.100.2");
  CHECK(p.proto == "esp");
  CHECK(p.spi == 0x1003);
  CHECK(p.seq == 7);
  CHECK(p.len == 120);
  CHECK(p.mark == 0xd00);
  CHECK(p.ifindex == 2);
  CHECK(p.ifname == "eth0");
  CHECK(p.sport == 4500);
  CHECK(p.dport == 4501);
  CHECK_FALSE(p.is_flow);
  CHECK_FALSE(p.encap);
}

TEST_CASE("zeros that were read are zeros, not unknown") {
  packet zeros{};
  zeros.id.family = 4;
  const PacketInfo p = decoded(zeros, 0xff);
  CHECK(p.src == "0.0.0.0");
  CHECK(p.spi == 0);
  CHECK(p.seq == 0);
  CHECK(p.mark == 0);
  CHECK(p.sport == 0);
  CHECK(p.proto == "0");
}

TEST_CASE("IPv6 addresses are written short, with all their bytes") {
  packet p{};
  p.id = identity(AF_INET6, "2001:db8::1", "fe80::ff:fe00:1", 58);
  const PacketInfo info = decoded(p, PACKET_FOUND);
  CHECK(info.src == "2001:db8::1");
  CHECK(info.dst == "fe80::ff:fe00:1");
  CHECK(info.proto == "ipv6-icmp");
}

TEST_CASE("ESP inside of UDP or TCP says so, and keeps the outer ports") {
  packet p = esp4();
  p.id.encap = ENCAP_UDP;
  CHECK(decoded(p, PACKET_FOUND | PACKET_HAS_PORTS).encap == "udp");
  CHECK(decoded(p, PACKET_FOUND | PACKET_HAS_PORTS).sport == 4500);
  CHECK(decoded(p, PACKET_FOUND).proto == "esp");
  p.id.encap = ENCAP_TCP;
  CHECK(decoded(p, PACKET_FOUND).encap == "tcp");
}

TEST_CASE("a flow whose family is unknown has no addresses, but its protocol") {
  packet p = esp4();
  p.id.proto = 17;
  const PacketInfo info = decoded(p, PACKET_IS_FLOW | PACKET_HAS_MARK);
  CHECK(info.is_flow);
  CHECK_FALSE(info.src);
  CHECK_FALSE(info.dst);
  CHECK(info.proto == "udp");
}

TEST_CASE("a flow of any protocol and any device names neither") {
  const PacketInfo info = decoded(packet{}, PACKET_IS_FLOW);
  CHECK_FALSE(info.proto);
  CHECK_FALSE(info.ifindex);
}

TEST_CASE("nothing found is no packet at all") {
  CHECK_FALSE(decode_packet(packet{}));
}

TEST_CASE("an interface's name that fills its field ends with it") {
  packet p = esp4();
  put(p.ifname, "0123456789abcdefXXXX");
  CHECK(decoded(p, PACKET_HAS_IF).ifname == "0123456789abcdef");
}

TEST_CASE("an interface known by its number alone has no name") {
  packet p = esp4();
  p.ifname[0] = 0;
  CHECK(decoded(p, PACKET_HAS_IF).ifindex == 2);
  CHECK_FALSE(decoded(p, PACKET_HAS_IF).ifname);
}

TEST_CASE("protocols have the names of /etc/protocols as iproute2 prints them, others their number") {
  CHECK(protocol_name(50) == "esp");
  CHECK(protocol_name(51) == "ah");
  CHECK(protocol_name(108) == "comp");
  CHECK(protocol_name(6) == "tcp");
  CHECK(protocol_name(255) == "255");
}
