// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes records: numbers become text, unknown values nullopt.
#include "decode.hpp"
#include "names.hpp"

#include <arpa/inet.h>
#include <cstring>

namespace xs {
namespace {

// Records are large: a single named return value is constructed in place and never copied.
template <class T> Record copy(std::span<const uint8_t> bytes, size_t least) {
  Record record;
  if (bytes.size() >= least) std::memcpy(&record.emplace<T>(), bytes.data(), std::min(bytes.size(), sizeof(T)));
  return record;
}

// The evidence is sent only up to its last part that holds anything.
size_t evidence_end(const evidence& e) {
  if (e.has & EVIDENCE_POLICY) return offsetof(error_record, tc);
  if (e.has & EVIDENCE_DELETED) return offsetof(error_record, evidence.policy);
  if (e.has & EVIDENCE_STATE) return offsetof(error_record, evidence.deleted);
  return offsetof(error_record, evidence.state);
}

// The end of the last part that the record says it has.
size_t error_end(const error_record& e) {
  return e.tc_known == TC_FOUND ? offsetof(error_record, stack) : evidence_end(e.evidence);
}

Record copy_error(std::span<const uint8_t> bytes) {
  Record record = copy<error_record>(bytes, offsetof(error_record, evidence.state));
  const auto* e = std::get_if<error_record>(&record);
  if (e && bytes.size() < error_end(*e)) record.emplace<std::monostate>();
  return record;
}

Record copy_bytes(std::span<const uint8_t> bytes) {
  constexpr size_t kHead = offsetof(bytes_record, bytes);
  Record record = copy<bytes_record>(bytes, kHead);
  const auto* r = std::get_if<bytes_record>(&record);
  if (r && (r->size > SNAP_MAX || bytes.size() < kHead + r->size)) record.emplace<std::monostate>();
  return record;
}

struct Protocol {
  uint8_t number;
  const char* name; // as in iproute2 and /etc/protocols
};
constexpr Protocol kProtocols[] = {{1, "icmp"},       {2, "igmp"},   {4, "ipip"},     {6, "tcp"},    {17, "udp"},
                                   {33, "dccp"},      {41, "ipv6"},  {47, "gre"},     {50, "esp"},   {51, "ah"},
                                   {58, "ipv6-icmp"}, {89, "ospf"},  {103, "pim"},    {108, "comp"}, {112, "vrrp"},
                                   {115, "l2tp"},     {132, "sctp"}, {136, "udplite"}};

} // namespace

std::string protocol_name(uint8_t proto) {
  for (const Protocol& p : kProtocols)
    if (p.number == proto) return p.name;
  return std::to_string(proto);
}

Record decode(std::span<const uint8_t> bytes) {
  record_header header{};
  if (bytes.size() < sizeof(header)) return {};
  std::memcpy(&header, bytes.data(), sizeof(header));
  switch (header.kind) {
  case RECORD_ERROR:
    return copy_error(bytes);
  case RECORD_NETNS_MADE:
    return copy<netns_made_record>(bytes, sizeof(netns_made_record));
  case RECORD_NETNS_GONE:
    return copy<netns_gone_record>(bytes, sizeof(netns_gone_record));
  case RECORD_MODULE:
    return copy<module_record>(bytes, sizeof(module_record));
  case RECORD_STATE_CHANGE:
    return copy<state_change_record>(bytes, sizeof(state_change_record));
  case RECORD_POLICY_CHANGE:
    return copy<policy_change_record>(bytes, sizeof(policy_change_record));
  case RECORD_DEFAULTS:
    return copy<defaults_record>(bytes, sizeof(defaults_record));
  case RECORD_TC_CHANGE:
    return copy<tc_change_record>(bytes, sizeof(tc_change_record));
  case RECORD_MIGRATED:
    return copy<migrated_record>(bytes, sizeof(migrated_record));
  case RECORD_BYTES:
    return copy_bytes(bytes);
  case RECORD_TAIL:
    return copy<tail_record>(bytes, sizeof(tail_record));
  default:
    return {};
  }
}

std::string packet_bytes(const bytes_record& record) {
  return {reinterpret_cast<const char*>(record.bytes), record.size};
}

std::optional<PacketInfo> decode_packet(const packet& p) {
  if (!p.flags) return {};
  const auto has = [&](uint32_t flag) { return (p.flags & flag) != 0; };
  PacketInfo out;
  out.is_flow = has(PACKET_IS_FLOW);
  if (has(PACKET_FOUND)) {
    const uint16_t family = p.id.family == 6 ? AF_INET6 : AF_INET;
    out.src = address_text(p.id.saddr, family);
    out.dst = address_text(p.id.daddr, family);
  }
  if (has(PACKET_FOUND) || (out.is_flow && p.id.proto)) out.proto = protocol_name(p.id.proto);
  if (p.id.encap != ENCAP_NONE) out.encap = p.id.encap == ENCAP_UDP ? "udp" : "tcp";
  if (has(PACKET_HAS_SPI)) out.spi = ntohl(p.id.spi);
  if (has(PACKET_HAS_SEQ)) out.seq = p.seq;
  if (has(PACKET_HAS_LEN)) out.len = p.len;
  if (has(PACKET_HAS_MARK)) out.mark = p.mark;
  if (has(PACKET_HAS_IF)) out.ifindex = p.ifindex;
  if (has(PACKET_HAS_IF) && p.ifname[0]) out.ifname = std::string(p.ifname, strnlen(p.ifname, sizeof(p.ifname)));
  if (has(PACKET_HAS_PORTS)) {
    out.sport = p.sport;
    out.dport = p.dport;
  }
  if (has(PACKET_HAS_ICMP)) {
    out.icmp_type = static_cast<uint8_t>(p.sport);
    out.icmp_code = static_cast<uint8_t>(p.dport);
  }
  return out;
}

} // namespace xs
