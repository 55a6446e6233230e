// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Decodes rows: numbers become text, unknown values nullopt.
#include "mirror.hpp"
#include "names.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstring>
#include <linux/xfrm.h>
#include <netinet/in.h>

namespace xs {
namespace {

template <size_t size> std::string text(const char (&name)[size]) {
  return {name, strnlen(name, size)};
}

std::optional<uint64_t> unless(uint64_t none, uint64_t value) {
  return value == none ? std::nullopt : std::optional(value);
}

// What ip-xfrm calls a selector's ports, which depends on its protocol.
struct PortWords {
  uint8_t proto;
  const char* sport;
  const char* dport; // nullptr: not printed
};
constexpr PortWords kPortWords[] = {
    {IPPROTO_ICMP, "type", "code"}, {IPPROTO_ICMPV6, "type", "code"}, {IPPROTO_MH, "type", nullptr}};
constexpr PortWords kPorts{0, "sport", "dport"};

std::vector<std::pair<std::string, uint32_t>> upper(const flow_selector& s) {
  const uint16_t sport = ntohs(s.sport), dport = ntohs(s.dport);
  std::vector<std::pair<std::string, uint32_t>> out;
  if (s.proto == IPPROTO_GRE) {
    if (s.sport_mask || s.dport_mask) out.emplace_back("key", uint32_t{sport} << 16 | dport);
    return out;
  }
  const auto* found = std::ranges::find(kPortWords, s.proto, &PortWords::proto);
  const PortWords& words = found == std::end(kPortWords) ? kPorts : *found;
  if (s.sport_mask) out.emplace_back(words.sport, sport);
  if (s.dport_mask && words.dport) out.emplace_back(words.dport, dport);
  return out;
}

uint8_t family_number(uint16_t family) {
  return family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0;
}

// `family`: of the addresses; `bound_to`: of the flows that the selector takes.
Selector decode_selector(const flow_selector& s, uint16_t family, uint16_t bound_to) {
  Selector out;
  out.family = family_number(bound_to);
  out.src = address_text(s.saddr, family);
  out.dst = address_text(s.daddr, family);
  out.src_bits = s.prefixlen_s;
  out.dst_bits = s.prefixlen_d;
  out.proto = s.proto;
  out.proto_name = upper_protocol_name(s.proto);
  out.upper = upper(s);
  out.sport_mask = ntohs(s.sport_mask);
  out.dport_mask = ntohs(s.dport_mask);
  if (s.ifindex > 0) out.dev = Device{s.ifindex, {}};
  out.uid = s.user;
  return out;
}

bool all_zero(const flow_selector& s) {
  constexpr flow_selector kZero{};
  return !std::memcmp(&s, &kZero, sizeof(s));
}

Limits decode_limits(const life_limits& l) {
  constexpr uint64_t kInf = ~uint64_t{0}; // XFRM_INF
  return {.soft_bytes = unless(kInf, l.soft_bytes),
          .hard_bytes = unless(kInf, l.hard_bytes),
          .soft_packets = unless(kInf, l.soft_packets),
          .hard_packets = unless(kInf, l.hard_packets),
          .soft_add_s = unless(0, l.soft_add_s),
          .hard_add_s = unless(0, l.hard_add_s),
          .soft_use_s = unless(0, l.soft_use_s),
          .hard_use_s = unless(0, l.hard_use_s)};
}

Used decode_used(const life_used& u) {
  return {.bytes = u.bytes, .packets = u.packets, .added_s = unless(0, u.added_s), .used_s = unless(0, u.used_s)};
}

std::optional<Algorithm> decode_algorithm(const algorithm& a) {
  if (a.kind == ALGORITHM_NONE) return {};
  return Algorithm{algorithm_kind_name(a.kind), text(a.name), a.key_bits, a.icv_bits};
}

Offload decode_offload(int32_t ifindex, uint8_t dir, uint8_t type) {
  constexpr uint8_t kIn = 1, kPacket = 2; // XFRM_DEV_OFFLOAD_IN, XFRM_DEV_OFFLOAD_PACKET
  return {{ifindex, {}}, dir == kIn ? "in" : "out", type == kPacket ? "packet" : "crypto"};
}

std::optional<StateLive> decode_live(const state_live& l, bool esn) {
  if (!l.read_ns) return {};
  StateLive out;
  out.last_used_s = unless(0, l.last_used_s);
  out.used = decode_used(l.used);
  out.seq = l.seq;
  out.oseq = l.oseq;
  if (esn) {
    out.seq_hi = l.seq_hi;
    out.oseq_hi = l.oseq_hi;
  }
  out.late = l.late;
  out.replayed = l.replayed;
  out.integrity_failed = l.integrity_failed;
  out.km_state = km_state_name(l.km_state);
  out.dying = l.dying;
  return out;
}

void decode_identity(State& out, const state_row& row) {
  out.netns.inum = row.netns ? std::optional(row.netns) : std::nullopt;
  out.src = address_text(row.saddr, row.family);
  out.dst = address_text(row.daddr, row.family);
  out.proto = xfrm_protocol_name(row.proto);
  out.spi = ntohl(row.spi);
  out.reqid = row.reqid;
  out.mode = mode_name(row.mode);
  out.mark = {row.mark, row.mark_mask};
  out.if_id = row.if_id;
  if (row.direction != STATE_DIR_NONE)
    out.dir = row.direction == STATE_DIR_IN    ? "in"
              : row.direction == STATE_DIR_OUT ? "out"
                                               : std::to_string(row.direction);
}

void decode_extras(State& out, const state_row& row) {
  if (row.set_mark || row.set_mark_mask) out.output_mark = Mark{row.set_mark, row.set_mark_mask};
  if (row.has & STATE_HAS_PCPU) out.pcpu = row.pcpu;
  if (row.has & STATE_HAS_ENCAP)
    out.encap = Encap{encap_name(row.encap_type), ntohs(row.encap_sport), ntohs(row.encap_dport),
                      address_text(row.encap_oa, row.family), row.max_age};
  if (row.has & STATE_HAS_COADDR) out.coaddr = address_text(row.coaddr, row.family);
  if (row.has & STATE_HAS_OFFLOAD) out.offload = decode_offload(row.offload_ifindex, row.offload_dir, row.offload_type);
  if (!all_zero(row.sel))
    out.sel = decode_selector(row.sel, row.sel.family ? row.sel.family : row.family, row.sel.family);
}

Template decode_template(const template_row& t) {
  return {.src = address_text(t.saddr, t.family),
          .dst = address_text(t.daddr, t.family),
          .proto = xfrm_protocol_name(t.proto),
          .spi = ntohl(t.spi),
          .reqid = t.reqid,
          .mode = mode_name(t.mode),
          .optional = t.optional,
          .share = share_name(t.share),
          .enc_mask = t.ealgos,
          .auth_mask = t.aalgos,
          .comp_mask = t.calgos};
}

template <class Record> Change change(const Record& record, int64_t clock_offset_ns) {
  Change out;
  out.mono_ns = record.header.mono_ns;
  out.real_ns = static_cast<int64_t>(out.mono_ns + static_cast<uint64_t>(clock_offset_ns));
  out.op = change_name(record.change.op);
  if (record.change.op == CHANGE_EXPIRE) out.hard = record.change.hard != 0;
  out.by = decode_actor(record.change.by, clock_offset_ns);
  return out;
}

} // namespace

Actor decode_actor(const actor& h, int64_t clock_offset_ns) {
  Actor out;
  if (h.how <= HOW_DEVICE) out.how = static_cast<How>(h.how);
  out.mono_ns = unless(0, h.ns);
  if (h.ns) out.real_ns = static_cast<int64_t>(h.ns + static_cast<uint64_t>(clock_offset_ns));
  if (h.in_process) out.by = Process{h.pid, text(h.comm)};
  return out;
}

std::optional<Actor> decode_known_actor(const actor& h, int64_t clock_offset_ns) {
  if (!h.ns && h.how == HOW_UNKNOWN) return {};
  return decode_actor(h, clock_offset_ns);
}

// The kernel adds 56 bytes to a row of these maps, and allocates 512 bytes for it.
static_assert(sizeof(state_kept) <= 456 && sizeof(policy_kept) <= 456);
static_assert(offsetof(state_kept, integrity_seen) == offsetof(state_row, integrity_seen));
static_assert(offsetof(policy_kept, tmpl) == offsetof(policy_row, tmpl));

state_row whole_row(const state_kept& row) {
  state_row out{};
  std::memcpy(&out, &row, sizeof(row));
  return out;
}

policy_row whole_row(const policy_kept& row) {
  policy_row out{};
  std::memcpy(&out, &row, sizeof(row));
  out.templates = std::min<uint8_t>(out.templates, TEMPLATES_KEPT);
  return out;
}

State decode_state(const state_row& row, int64_t clock_offset_ns) {
  State out;
  decode_identity(out, row);
  decode_extras(out, row);
  out.crypto = decode_algorithm(row.algorithm[0]);
  out.auth = decode_algorithm(row.algorithm[1]);
  out.esn = row.has & STATE_HAS_ESN;
  out.window = row.window;
  if (out.esn) out.bitmap_words = row.bitmap_words;
  out.plain_window = row.small_window;
  if (row.acquire_seq) out.acquire_seq = row.acquire_seq;
  out.flags = row.flags;
  out.flag_names = state_flag_names(row.flags);
  out.extra_flags = row.extra_flags;
  out.extra_names = extra_flag_names(row.extra_flags);
  out.tfcpad = row.tfcpad;
  out.nat_keepalive_s = row.nat_keepalive;
  out.security = row.has & STATE_HAS_SECURITY;
  out.limits = decode_limits(row.limits);
  out.live = decode_live(row.live, out.esn);
  out.added = decode_actor(row.added, clock_offset_ns);
  out.changed = decode_known_actor(row.changed, clock_offset_ns);
  out.removed = decode_known_actor(row.removed, clock_offset_ns);
  return out;
}

State decode_reading(const state_reading& reading, int64_t clock_offset_ns) {
  State out = decode_state(reading.row, clock_offset_ns);
  if (!out.live) return out;
  const size_t words = std::min<size_t>(out.esn ? out.bitmap_words : 1, std::size(reading.bitmap));
  out.live->bitmap.emplace(reading.bitmap, reading.bitmap + words);
  return out;
}

Policy decode_policy(const policy_row& row, int64_t clock_offset_ns) {
  Policy out;
  out.netns.inum = row.netns ? std::optional(row.netns) : std::nullopt;
  out.sel = decode_selector(row.sel, row.family, row.family);
  out.socket = row.direction >= XFRM_POLICY_MAX;
  out.dir = direction_name(out.socket ? row.direction - XFRM_POLICY_MAX : row.direction);
  out.action = action_name(row.action);
  out.index = row.index;
  out.priority = row.priority;
  out.type = policy_type_name(row.type);
  out.flags = row.flags;
  out.flag_names = policy_flag_names(row.flags);
  out.mark = {row.mark, row.mark_mask};
  out.if_id = row.if_id;
  for (size_t i = 0; i < std::min<size_t>(row.templates, TEMPLATES); i++)
    out.templates.push_back(decode_template(row.tmpl[i]));
  if (row.offload_ifindex) out.offload = decode_offload(row.offload_ifindex, row.offload_dir, row.offload_type);
  out.security = row.has_security;
  out.limits = decode_limits(row.limits);
  out.used = decode_used(row.used);
  out.added = decode_actor(row.added, clock_offset_ns);
  out.changed = decode_known_actor(row.changed, clock_offset_ns);
  out.removed = decode_known_actor(row.removed, clock_offset_ns);
  return out;
}

static bool is_set(const uint8_t (&address)[16]) {
  return std::ranges::any_of(address, [](uint8_t byte) { return byte != 0; });
}

std::optional<Evidence> decode_evidence(const evidence& e, int64_t clock_offset_ns) {
  Evidence out;
  if (e.match <= MATCH_NONE) out.match = static_cast<Match>(e.match);
  const auto has = [&](uint8_t what) { return (e.has & what) != 0; };
  if (has(EVIDENCE_STATE) && settled(e.state)) out.state = decode_state(e.state, clock_offset_ns);
  if (has(EVIDENCE_DELETED) && settled(e.deleted)) out.deleted = decode_state(e.deleted, clock_offset_ns);
  if (has(EVIDENCE_POLICY) && settled(e.policy)) out.policy = decode_policy(e.policy, clock_offset_ns);
  if (out.match == Match::unknown && !out.state && !out.deleted && !out.policy) return {};
  out.differs = differs_names(e.differs);
  if (!has(EVIDENCE_TEMPLATE) || !out.policy || e.template_at > out.policy->templates.size()) return out;
  out.template_at = e.template_at;
  if (e.secpath_at != NOT_IN_SECPATH) out.secpath_at = e.secpath_at;
  if (e.want_family) out.wanted_dst = address_text(e.want_daddr, e.want_family);
  if (e.want_family && is_set(e.want_saddr)) out.wanted_src = address_text(e.want_saddr, e.want_family);
  return out;
}

Change decode_change(const state_change_record& record, int64_t clock_offset_ns) {
  Change out = change(record, clock_offset_ns);
  out.object = decode_state(record.state, clock_offset_ns);
  return out;
}

Change decode_change(const policy_change_record& record, int64_t clock_offset_ns) {
  Change out = change(record, clock_offset_ns);
  out.object = decode_policy(record.policy, clock_offset_ns);
  return out;
}

DefaultsChange decode_defaults(const defaults_record& record, int64_t clock_offset_ns) {
  DefaultsChange out;
  out.mono_ns = record.header.mono_ns;
  out.real_ns = static_cast<int64_t>(out.mono_ns + static_cast<uint64_t>(clock_offset_ns));
  out.by = decode_actor(record.by, clock_offset_ns);
  out.netns.inum = record.netns ? std::optional(record.netns) : std::nullopt;
  out.in = default_name(record.in);
  out.fwd = default_name(record.fwd);
  out.out = default_name(record.out);
  return out;
}

} // namespace xs
