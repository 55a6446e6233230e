// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes packet evidence: numbers become words, unknown values nullopt.
#include "packet_evidence.hpp"
#include "decode.hpp"
#include "names.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace xs {
namespace {

SecpathEntry decode_entry(const secpath_row& row, bool verified) {
  return {.src = address_text(row.saddr, row.family),
          .dst = address_text(row.daddr, row.family),
          .proto = xfrm_protocol_name(row.proto),
          .spi = ntohl(row.spi),
          .reqid = row.reqid,
          .if_id = row.if_id,
          .mode = mode_name(row.mode),
          .netns = row.netns ? std::optional(row.netns) : std::nullopt,
          .address = row.address,
          .aalgo = row.aalgo,
          .verified = verified};
}

std::vector<SecpathEntry> decode_secpath(const packet_evidence& c) {
  std::vector<SecpathEntry> out;
  for (uint32_t i = 0; i < std::min<uint32_t>(c.secpath_len, XFRM_DEPTH); i++)
    out.push_back(decode_entry(c.secpath[i], i < c.verified));
  return out;
}

TransformSizes decode_transform(const packet_evidence& c) {
  return {c.transform_len, c.header_len, c.ah_len ? std::optional(c.ah_len) : std::nullopt};
}

Link decode_link(const packet_evidence& c) {
  const auto* kind = reinterpret_cast<const char*>(c.link_kind);
  return {std::string(kind, strnlen(kind, sizeof(c.link_kind))),
          c.link_if_id ? std::optional(c.link_if_id) : std::nullopt,
          c.link_name[0] ? std::optional(std::string(c.link_name, strnlen(c.link_name, sizeof(c.link_name))))
                         : std::nullopt};
}

bool is_set(const uint8_t* address, size_t size) {
  return std::any_of(address, address + size, [](uint8_t byte) { return byte != 0; });
}

std::vector<std::string> decode_ends(const device_ends& ends) {
  std::vector<std::string> out;
  for (const auto& address : ends.v4)
    if (is_set(address, sizeof(address))) out.push_back(address_text(address, AF_INET).value_or("?"));
  for (const auto& address : ends.v6)
    if (is_set(address, sizeof(address))) out.push_back(address_text(address, AF_INET6).value_or("?"));
  return out;
}

} // namespace

std::optional<PacketInfo> decode_flow(const packet_evidence& c) {
  if (!(c.has & PACKET_EVIDENCE_FLOW)) return {};
  const flow_row& f = c.flow;
  const uint16_t family = f.family == 6 ? AF_INET6 : AF_INET;
  PacketInfo out;
  out.is_flow = true;
  out.src = address_text(f.saddr, family);
  out.dst = address_text(f.daddr, family);
  out.proto = protocol_name(f.proto);
  out.mark = f.mark;
  out.ifindex = static_cast<uint32_t>(f.oif);
  if (f.has & FLOW_HAS_PORTS) {
    out.sport = f.sport;
    out.dport = f.dport;
  }
  if (f.has & FLOW_HAS_ICMP) {
    out.icmp_type = static_cast<uint8_t>(f.sport);
    out.icmp_code = static_cast<uint8_t>(f.dport);
  }
  return out;
}

PacketEvidence decode_packet_evidence(const packet_evidence& c) {
  const auto has = [&](uint32_t what) { return (c.has & what) != 0; };
  PacketEvidence out;
  if (has(PACKET_EVIDENCE_SECPATH)) out.secpath = decode_secpath(c);
  if (has(PACKET_EVIDENCE_INTEGRITY)) out.integrity = IntegrityFailures{c.integrity_before, c.integrity_after};
  if (has(PACKET_EVIDENCE_REPLAY)) out.replay_seen = c.replay_seen != 0;
  if (has(PACKET_EVIDENCE_MTU)) out.size = PacketSize{c.mtu, c.skb_len, c.gso_size, c.gso_segs};
  if (has(PACKET_EVIDENCE_DF)) {
    out.df = c.df != 0;
    out.ignore_df = c.ignore_df != 0;
  }
  if (has(PACKET_EVIDENCE_ROUTE)) out.routed = c.routed != 0;
  if (has(PACKET_EVIDENCE_INNER)) {
    out.inner_proto = c.inner_proto;
    out.inner_name = protocol_name(c.inner_proto);
  }
  if (has(PACKET_EVIDENCE_ERROR)) out.error = c.error;
  if (has(PACKET_EVIDENCE_TRANSFORM)) out.transform = decode_transform(c);
  if (has(PACKET_EVIDENCE_IKEY)) out.ikey = c.ikey;
  if (has(PACKET_EVIDENCE_LINK)) out.link = decode_link(c);
  if (has(PACKET_EVIDENCE_POLICY_DIR)) out.policy_dir = direction_name(c.policy_dir);
  if (has(PACKET_EVIDENCE_ENDS))
    out.addresses = DeviceAddresses{decode_ends(c.ends[0]), decode_ends(c.ends[1]), !c.ends[0].more && !c.ends[1].more};
  if (has(PACKET_EVIDENCE_DEFAULTS))
    out.defaults = DefaultPolicies{default_name(c.default_policy[0]), default_name(c.default_policy[1]),
                                   default_name(c.default_policy[2])};
  return out;
}

} // namespace xs
