// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Packets that their SA refuses.
#include "facts.hpp"
#include "rule.hpp"
#include "selector.hpp"
#include "words.hpp"

namespace xs {
namespace {

std::string algorithm_text(const State& s) {
  if (s.crypto && s.auth) return fmt::format(" ({}, {})", s.crypto->name, s.auth->name);
  const auto& one = s.crypto ? s.crypto : s.auth;
  return one ? fmt::format(" ({})", one->name) : "";
}

// " The SA was changed 3 s ago by x[1] without a new SPI."
std::string rekeyed_text(const State& s, const Event& e) {
  if (!s.changed) return {};
  const std::string hand = hand_text(*s.changed);
  return fmt::format(" The SA was changed{}{}{} without a new SPI.", ago_text(*s.changed, e.mono_ns),
                     hand.empty() ? "" : " ", hand);
}

const char* const kNoIntegrity = "the SA's count of integrity failures before this packet";

Judgement icv_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.clues || !e.clues->integrity) return lacks(kNoIntegrity);
  const auto [before, after] = *e.clues->integrity;
  if (after <= before) return no();
  return holds(fmt::format("The packet's integrity check failed under {}{}: integrity_failed rose from {} to {}.{}",
                           sa_text(*s), algorithm_text(*s), before, after, rekeyed_text(*s, e)));
}

Judgement malformed_payload(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.clues || !e.clues->integrity) return lacks(kNoIntegrity);
  const auto [before, after] = *e.clues->integrity;
  if (after != before) return no();
  return holds(fmt::format("The packet came through {} unharmed (integrity_failed stayed at {}), but what it holds is "
                           "unusable: a dummy packet (next header 59), bad padding, or data that does not decompress.",
                           sa_text(*s), after));
}

struct Replay {
  const State* s;
  uint32_t seq, top, behind;
};

std::optional<Replay> replay_of(const Event& e, Judgement& why_not) {
  const State* s = state_of(e);
  why_not = !s ? lacks(kNoState) : !s->live ? lacks(kNoLive) : lacks("the packet's sequence number");
  if (!s || !s->live || !e.packet || !e.packet->seq) return {};
  const uint32_t seq = *e.packet->seq, top = s->live->seq;
  return Replay{s, seq, top, top - seq};
}

Judgement replay_duplicate(const Event& e) {
  Judgement why_not;
  const auto r = replay_of(e, why_not);
  if (!r) return why_not;
  if (!r->seq || r->behind >= r->s->window) return no();
  if (!e.clues || !e.clues->replay_seen) return lacks("the replay window's bit for this packet");
  if (!*e.clues->replay_seen) return no();
  return holds(fmt::format("Sequence number {} was received before under {}: it lies inside the replay window of {} "
                           "(highest {}).",
                           r->seq, sa_text(*r->s), r->s->window, r->top));
}

Judgement replay_too_old(const Event& e) {
  Judgement why_not;
  const auto r = replay_of(e, why_not);
  if (!r) return why_not;
  if (!r->seq)
    return holds(fmt::format("Sequence number 0 lies left of every replay window: under {} numbers begin with 1.",
                             sa_text(*r->s)));
  if (!r->s->window || r->behind < r->s->window) return no();
  Judgement out =
      holds(fmt::format("Sequence number {} is {} behind the highest one ({}) of {}: the replay window of "
                        "{} is too small by {}.",
                        r->seq, r->behind, r->top, sa_text(*r->s), r->s->window, r->behind - r->s->window + 1));
  if (r->behind < 4096)
    out.advice =
        fmt::format("Widen the SA's replay-window above {}, and look for what reorders packets that far.", r->behind);
  return out;
}

// What the SA's encapsulation is called on the wire.
std::string encap_of(const State& s) {
  if (!s.encap) return "plain ESP";
  return s.encap->type == "espintcp" ? "ESP in TCP" : "ESP in UDP";
}

std::string encap_of(const PacketInfo& p) {
  return !p.encap ? "plain ESP" : *p.encap == "tcp" ? "ESP in TCP" : "ESP in UDP";
}

std::string ports_text(const State& s) {
  return s.encap ? fmt::format(" (sport {} dport {})", s.encap->sport, s.encap->dport) : "";
}

Judgement encap_mismatch(const Event& e) {
  if (function_of(e) != "xfrm_input") return no();
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.packet) return lacks(kNoPacket);
  const std::string wants = encap_of(*s), has = encap_of(*e.packet);
  if (wants == has) return no();
  return holds(
      fmt::format("{} wants {}{}, the packet came as {}.", upper_first(sa_text(*s)), wants, ports_text(*s), has));
}

Judgement selector_mismatch(const Event& e) {
  if (function_of(e) == "xfrm_input") return no();
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.packet) return lacks("the decapsulated flow");
  if (!s->sel) return no();
  const Fitting f = hold_against(*e.packet, *s->sel);
  if (f.fit == Fit::unknown) return lacks("all of the decapsulated flow that the SA's selector asks for");
  if (f.fit == Fit::inside) return no();
  return holds(fmt::format("Out of {} came {}, which is outside of the SA's selector: {} is {}, the selector says {}.",
                           sa_text(*s), flow_text(*e.packet), f.misfit.field, f.misfit.flow, f.misfit.selector));
}

// In transport mode xfrm_input itself takes anything, but for a tunnel interface that asks it to.
Judgement behind_interface(const State& s, const Event& e) {
  const std::string& module = e.site->module;
  return holds(
      fmt::format("{} is in transport mode, but its packets arrive at a tunnel interface{}, which takes tunnel or "
                  "beet mode only.",
                  upper_first(sa_text(s)), module.empty() ? "" : fmt::format(" ({})", module)));
}

Judgement mode_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!e.site) return lacks("the place that counted");
  if (s->mode == "transport") return behind_interface(*s, e);
  if (function_of(e) != "xfrm_input") return no();
  if (!e.clues || !e.clues->inner_proto) return lacks("the protocol found inside of ESP");
  const std::string inner = e.clues->inner_name.value_or(std::to_string(*e.clues->inner_proto));
  return holds(
      fmt::format("{} is in {} mode, but inside of the packet is {}, which this mode cannot take: the peer uses "
                  "another mode.",
                  upper_first(sa_text(*s)), s->mode, inner));
}

Judgement direction_mismatch(const Event& e) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->dir) return lacks("the SA's direction");
  const bool inbound = e.counter == XfrmInStateDirError;
  if (*s->dir == (inbound ? "in" : "out")) return no();
  return holds(fmt::format("{} was made for direction {}, but was met by a packet on its way {}.",
                           upper_first(sa_text(*s)), *s->dir, inbound ? "in" : "out"));
}

// AH and ESP begin with the SPI and the sequence number.
Judgement header_truncated(const Event& e) {
  if (!e.site) return lacks("the place that counted");
  if (function_of(e) != "xfrm_input")
    return holds(fmt::format("The headers of the packet could not be decoded for the policy check{}.",
                             e.packet ? fmt::format(" ({})", flow_text(*e.packet)) : ""));
  if (!e.packet) return lacks(kNoPacket);
  if (e.packet->spi && (e.packet->seq || e.packet->proto == "comp")) return no();
  return holds(fmt::format("The packet from {} to {} ({} bytes) ends within its {} header: {} missing.",
                           packet_end(e.packet->src), packet_end(e.packet->dst),
                           e.packet->len ? std::to_string(*e.packet->len) : "?", e.packet->proto.value_or("IPsec"),
                           e.packet->spi ? "the sequence number is" : "SPI and sequence number are"));
}

constexpr size_t kDepth = SECPATH_ROOM;

// Whatever had been through no SA yet has room for one.
Judgement thrown_away() {
  Judgement out =
      holds(fmt::format("The kernel threw away the list of SAs that the packet came through, as it does when "
                        "the list is full: it has room for {}.",
                        kDepth));
  out.missing.emplace_back("the SAs that the packet came through");
  return out;
}

Judgement nested_too_deep(const Event& e) {
  const Policy* p = policy_of(e);
  if (p && p->templates.size() >= kDepth)
    return holds(fmt::format("The policy has {} templates, the kernel takes less than {} on the way in.",
                             p->templates.size(), kDepth));
  if (!e.clues || !e.clues->secpath) return lacks("the SAs that the packet came through");
  const size_t depth = e.clues->secpath->size();
  if (!depth && function_of(e) == "xfrm_input") return thrown_away();
  // A Mobile IPv6 header was refused one SA earlier before Linux 6.15.
  const bool full = depth >= kDepth || (function_of(e) == "xfrm6_input_addr" && depth + 1 >= kDepth);
  if (!full) return no();
  return holds(fmt::format("The packet already came through {} SAs, and the kernel has room for {}.", depth, kDepth));
}

Judgement iptfs_error(const Event& e) {
  const State* s = state_of(e);
  return holds(
      fmt::format("What came through {} is no valid IP-TFS payload.", s ? sa_text(*s) : "an SA in IP-TFS mode"));
}

const Rule kRules[] = {
    {"icv-mismatch",
     {XfrmInStateProtoError},
     "the SA's integrity_failed rose with this packet",
     "The packet's integrity check failed.",
     "Compare keys and algorithms of both peers: keys changed without a new SPI, or something alters packets on the "
     "way.",
     icv_mismatch},
    {"malformed-payload",
     {XfrmInStateProtoError},
     "the SA's integrity_failed did not rise with this packet",
     "The packet is authentic, but what it holds is unusable.",
     "Often harmless dummy packets for traffic flow confidentiality; otherwise look at the peer's implementation.",
     malformed_payload},
    {"replay-duplicate",
     {XfrmInStateSeqError},
     "the sequence number lies inside the replay window, and its bit is set",
     "A packet with this sequence number came before.",
     "Look for what duplicates packets (bonding, mirroring, an attack), or a peer whose SA restarted its numbers.",
     replay_duplicate},
    {"replay-too-old",
     {XfrmInStateSeqError},
     "the sequence number lies left of the replay window",
     "The packet came too late for the replay window.",
     "Widen the SA's replay-window (strongSwan: charon.replay_window), and look for what reorders packets that far.",
     replay_too_old},
    {"encap-mismatch",
     {XfrmInStateMismatch},
     "counted in xfrm_input: the encapsulation of the packet is not that of its SA",
     "NAT traversal is used on one side only.",
     "Make both peers agree on NAT traversal (forceencaps), or delete the stale SA of the other kind.",
     encap_mismatch},
    {"selector-mismatch",
     {XfrmInStateMismatch},
     "counted in the policy check: the decapsulated flow is outside of the SA's selector",
     "The packet does not belong into this SA.",
     "Make the traffic selectors of both peers the same.",
     selector_mismatch},
    {"mode-mismatch",
     {XfrmInStateModeError},
     "an SA in transport mode behind a tunnel interface, or contents that the SA's mode cannot take",
     "The peers use different modes, or a tunnel interface gets an SA in transport mode.",
     "Make both peers use the same mode (tunnel for vti and xfrm interfaces).",
     mode_mismatch},
    {"direction-mismatch",
     {XfrmInStateDirError, XfrmOutStateDirError},
     "the SA's direction",
     "The SA was made for the other direction.",
     "Install the SA without dir, or with the right one; the key manager has mixed up the two.",
     direction_mismatch},
    {"header-truncated",
     {XfrmInHdrError},
     "the packet is shorter than its ESP or AH header, or the policy check cannot decode it",
     "The packet ends within its headers.",
     "Capture it on the device: fragments, a broken sender, or a scan.",
     header_truncated},
    {"nested-too-deep",
     {XfrmInBufferError},
     "the packet came through as many SAs as the kernel has room for, or the policy has too many templates",
     "There is more IPsec in IPsec than the kernel takes.",
     "Nest fewer SAs, or give the policy fewer templates.",
     nested_too_deep},
    {"iptfs-payload",
     {XfrmInIptfsError},
     "the counter itself",
     "The payload of IP-TFS is not valid.",
     "Check that the peer's SA is in IP-TFS mode, too, and that nothing alters its packets.",
     iptfs_error},
};

} // namespace

std::span<const Rule> inbound_packet_rules() {
  return kRules;
}

} // namespace xs
