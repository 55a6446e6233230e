// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes rows of tc: numbers become text, unknown values nullopt.
#include "tc.hpp"
#include "mirror.hpp"
#include "names.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <linux/if_ether.h>

namespace xs {
namespace {

constexpr uint32_t kRoot = 0xffffffff;

template <size_t size> std::string text(const char (&name)[size]) {
  return {name, strnlen(name, size)};
}

struct ProtocolName {
  uint16_t number;
  const char* name;
};
constexpr ProtocolName kProtocolNames[] = {
    {ETH_P_ALL, "all"},      {ETH_P_IP, "ip"},          {ETH_P_IPV6, "ipv6"},       {ETH_P_ARP, "arp"},
    {ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}, {ETH_P_MPLS_UC, "mpls_uc"}, {ETH_P_MPLS_MC, "mpls_mc"},
    {ETH_P_RARP, "rarp"},    {ETH_P_802_2, "802_2"},    {ETH_P_LLDP, "LLDP"},
};

std::string hex_bytes(const __u8 (&bytes)[8]) {
  std::string out;
  for (const uint8_t byte : bytes)
    out += fmt::format("{:02x}", byte);
  return out;
}

std::string u32_handle(uint32_t handle) {
  std::string out;
  const uint32_t table = handle >> 20, hash = handle >> 12 & 0xff, node = handle & 0xfff;
  if (table) out += fmt::format("{:x}:", table);
  if (hash) out += fmt::format("{:x}", hash);
  if (node) out += fmt::format(":{:x}", node);
  return out;
}

std::string direction_of(const tc_program& p) {
  if (p.parent == TC_INGRESS) return "ingress";
  return p.parent == TC_QDISC_INGRESS ? "" : "egress";
}

TcItem decode_item(const tc_program& p, bool shared) {
  TcItem out;
  if (p.what <= TC_NETKIT) out.what = static_cast<TcWhat>(p.what);
  out.kind = text(p.kind);
  out.parent = shared ? fmt::format("block {}", p.parent) : tc_parent_name(p.parent);
  out.direction = shared ? "" : direction_of(p);
  out.prio = p.prio;
  if (out.what == TcWhat::filter) out.protocol = tc_protocol_name(p.protocol);
  out.chain = p.chain;
  if (p.flags & TC_HAS_HANDLE) out.handle = tc_handle_name(p.handle, out.kind, out.what == TcWhat::qdisc);
  if (p.flags & TC_HAS_PROG) out.prog = TcProg{p.prog_id, text(p.name), hex_bytes(p.tag)};
  if (p.flags & TC_HAS_LINK) out.link_id = p.link_id;
  out.direct_action = p.flags & TC_DIRECT;
  out.peer = p.flags & TC_PEER;
  out.position = p.position;
  return out;
}

TcPresent decode_present(const tc_program& p, uint64_t since_ns, int64_t clock_offset_ns) {
  TcPresent out{decode_item(p, false), {}, {}};
  if (!since_ns) return out;
  out.since_mono_ns = since_ns;
  out.since_real_ns = static_cast<int64_t>(since_ns + static_cast<uint64_t>(clock_offset_ns));
  return out;
}

// The order in which they run: tcx before clsact, whose filters run by increasing preference.
auto rank(const TcPresent& p) {
  const bool first = p.item.what == TcWhat::tcx || p.item.what == TcWhat::netkit;
  return std::tuple(!first, p.item.position, p.item.chain, p.item.prio, p.item.handle);
}

void decode_graves(TcPoint& out, const tc_point& p, int64_t clock_offset_ns) {
  const uint32_t known = std::min<uint32_t>(p.tombstones, TC_TOMBSTONES);
  for (uint32_t i = 1; i <= known; i++) {
    const tc_tombstone& g = p.tombstone[(p.tombstones - i) % TC_TOMBSTONES];
    out.removed.push_back(
        {decode_present(g.program, g.since_ns, clock_offset_ns), decode_actor(g.removed, clock_offset_ns)});
  }
}

} // namespace

std::string tc_parent_name(uint32_t parent) {
  if (parent == kRoot) return "root";
  if (!parent) return "none";
  const uint32_t major = parent >> 16, minor = parent & 0xffff;
  if (!major) return fmt::format(":{:x}", minor);
  return minor ? fmt::format("{:x}:{:x}", major, minor) : fmt::format("{:x}:", major);
}

std::string tc_handle_name(uint32_t handle, const std::string& kind, bool qdisc) {
  if (qdisc) return fmt::format("{:x}:", handle >> 16);
  return kind == "u32" ? u32_handle(handle) : fmt::format("{:#x}", handle);
}

std::string tc_protocol_name(uint16_t protocol) {
  const uint16_t number = ntohs(protocol);
  for (const ProtocolName& p : kProtocolNames)
    if (p.number == number) return p.name;
  return fmt::format("[{}]", number);
}

TcObject decode_tc(const tc_row& row, int64_t clock_offset_ns) {
  TcObject out;
  out.netns.inum = row.netns ? std::optional(row.netns) : std::nullopt;
  const bool shared = row.ifindex == TC_BLOCK_DEVICE;
  if (!shared) {
    const std::string name = text(row.ifname);
    out.dev = Device{static_cast<int32_t>(row.ifindex), name.empty() ? std::nullopt : std::optional(name)};
  }
  out.item = decode_item(row.program, shared);
  out.label = text(row.label);
  out.added = decode_actor(row.added, clock_offset_ns);
  out.changed = decode_known_actor(row.changed, clock_offset_ns);
  out.removed = decode_known_actor(row.removed, clock_offset_ns);
  return out;
}

TcChange decode_change(const tc_change_record& record, int64_t clock_offset_ns) {
  TcChange out;
  out.mono_ns = record.header.mono_ns;
  out.real_ns = static_cast<int64_t>(out.mono_ns + static_cast<uint64_t>(clock_offset_ns));
  out.op = change_name(record.change.op);
  out.by = decode_actor(record.change.by, clock_offset_ns);
  out.object = decode_tc(record.tc, clock_offset_ns);
  return out;
}

std::optional<TcPoint> decode_tc_point(const error_record& e, int64_t clock_offset_ns) {
  if (e.tc_known != TC_NONE && e.tc_known != TC_FOUND) return {};
  TcPoint out;
  out.direction = e.output ? "egress" : "ingress";
  if (e.tc_known == TC_NONE) return out;
  for (const tc_slot& slot : e.tc.slot)
    if (slot.program.what) out.present.push_back(decode_present(slot.program, slot.since_ns, clock_offset_ns));
  std::ranges::sort(out.present, {}, rank);
  out.unnamed = e.tc.count - std::min<uint32_t>(e.tc.count, static_cast<uint32_t>(out.present.size()));
  decode_graves(out, e.tc, clock_offset_ns);
  if (e.tc.last.what)
    out.last = TcPoint::Last{change_name(e.tc.last_op), decode_item(e.tc.last, false),
                             decode_actor(e.tc.last_by, clock_offset_ns)};
  return out;
}

} // namespace xs
