// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that have no SA, or one that must not be used.
#include "facts.hpp"
#include "rule.hpp"
#include "words.hpp"

namespace xs {
namespace {

bool takes_mark(const State& s, const Event& e) {
  const auto mark = lookup_mark(e);
  return !mark || (*mark & s.mark.mask) == s.mark.value;
}

How removal(const State& s) {
  return s.removed ? s.removed->how : How::unknown;
}

// A live SA with the identity in the packet, but another mark.
const State* same_name(const Event& e) {
  const State* s = state_of(e);
  const bool near = s && e.evidence->match == Match::nearest;
  return near && differs_in(e, "mark") && !differs_in(e, "daddr") && !differs_in(e, "proto") ? s : nullptr;
}

// " Its SPI now belongs to the SA to 192.0.2.9."
std::string new_owner(const Event& e) {
  const State* s = state_of(e);
  if (!s || e.evidence->match != Match::nearest) return {};
  if (differs_in(e, "daddr")) return fmt::format(" Its SPI now belongs to the SA to {}.", packet_end(s->dst));
  return same_name(e) ? fmt::format(" The SA that has its SPI now wants mark {}.", mark_text(s->mark)) : "";
}

// "the packet has mark 0x20", "the VTI vti1 looks for mark 0x8, its ikey"
std::string mark_looked_for(const Event& e) {
  const auto& link = e.packet_evidence ? e.packet_evidence->link : std::nullopt;
  if (!e.packet_evidence || !e.packet_evidence->ikey)
    return fmt::format("the packet has mark {:#x}", lookup_mark(e).value_or(0));
  return fmt::format("the VTI{} looks for mark {:#x}, its ikey", link && link->name ? " " + *link->name : "",
                     *e.packet_evidence->ikey);
}

// " It wanted mark 0xd00/0xf00, and the packet has mark 0x20: it would not have fitted either."
std::string mark_besides(const State& d, const Event& e) {
  if (takes_mark(d, e)) return {};
  return fmt::format(" It wanted mark {}, and {}: it would not have fitted either.", mark_text(d.mark),
                     mark_looked_for(e));
}

std::string gone_text(const State& d, const Event& e) {
  return fmt::format("{} was deleted{}", upper_first(sa_text(d)), removal_text(d, e.mono_ns));
}

bool same_address(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return !a || !b || *a == *b;
}

bool names(const PacketInfo& p, const State& s) {
  return same_address(p.dst, s.dst) && (!p.spi || *p.spi == s.spi) && (!p.proto || *p.proto == s.proto);
}

// The tombstone of the SA that the packet names; `timer`: removed by the kernel's timer, or otherwise. If its mark
// would not have matched, a live SA with that identity is nearer.
const State* tombstone(const Event& e, bool timer) {
  const State* d = deleted_of(e);
  if (!d || (removal(*d) == How::timer) != timer || (e.packet && !names(*e.packet, *d))) return nullptr;
  return takes_mark(*d, e) || !same_name(e) ? d : nullptr;
}

std::string deleter(const State& d) {
  return d.removed && d.removed->by ? fmt::format("{}[{}]", d.removed->by->comm, d.removed->by->pid) : "";
}

Judgement sa_deleted(const Event& e) {
  if (!e.evidence) return lacks(kNoMirror);
  const State* d = tombstone(e, false);
  if (!d) return no();
  Judgement out =
      holds(fmt::format("{}; the peer still sends to it.{}{}", gone_text(*d, e), mark_besides(*d, e), new_owner(e)));
  if (!deleter(*d).empty())
    out.advice =
        fmt::format("Let old and new keys overlap for longer, and look at why {} deleted the SA while the peer used "
                    "it; the peer has to take a newer one.",
                    deleter(*d));
  return out;
}

std::string limit_of(const State& s, int64_t real_ns) {
  const auto limit = s.live ? limit_reached(s.limits, s.live->used, real_ns) : std::nullopt;
  if (limit) return *limit;
  const auto& add = s.limits.hard_add_s;
  return add ? fmt::format("its hard limit of {} s", *add) : "a hard limit";
}

Judgement expired_tombstone(const Event& e) {
  const State* d = tombstone(e, true);
  if (!d) return no();
  const Actor by = *d->removed;
  return holds(fmt::format("{} ended{}: it reached {}, and no new SA had taken its place.{}", upper_first(sa_text(*d)),
                           ago_text(by, e.mono_ns), limit_of(*d, by.real_ns.value_or(e.real_ns)), mark_besides(*d, e)));
}

Judgement sa_expired(const Event& e) {
  if (!e.evidence) return lacks(kNoMirror);
  if (e.counter == XfrmInNoStates) return expired_tombstone(e);
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (const State* d = tombstone_of_dead(e)) return removal(*d) == How::timer ? holds(ended_text(*d, e)) : no();
  const auto limit = limit_reached(s->limits, s->live->used, e.real_ns);
  const bool expired = s->live->km_state == "expired";
  if (!expired && (!limit || s->live->km_state == "dead")) return no(); // a dead SA may have reached a limit, too
  return holds(fmt::format("{} has expired: it reached {}.", upper_first(sa_text(*s)), limit.value_or("a hard limit")));
}

// "the tcx program mark_it", "the bpf filter cil_from_netdev", "the u32 filter"
std::string tc_name(const TcItem& item) {
  const std::string what = item.what == TcWhat::filter ? item.kind + " filter" : item.kind + " program";
  return fmt::format("the {}{}", what, item.prog && !item.prog->name.empty() ? " " + item.prog->name : "");
}

// What should have set the mark: the objects of tc that are or were on the packet's device.
std::string mark_source(const Event& e) {
  if (!e.packet->ifname) return "";
  const std::string& dev = *e.packet->ifname;
  if (e.tc && !e.tc->removed.empty()) {
    const TcRemoved& gone = e.tc->removed.front();
    return fmt::format("; {} on {} {} was removed{}", tc_name(gone.was.item), dev, e.tc->direction,
                       ago_by_text(gone.removed, e.mono_ns));
  }
  if (e.tc && !e.tc->present.empty())
    return fmt::format("; {} on {} {} has not set it", tc_name(e.tc->present.front().item), dev, e.tc->direction);
  return fmt::format("; nothing on its way in through {} had set it", dev);
}

std::string mark_advice(const Event& e, const State& s) {
  const auto& link = e.packet_evidence ? e.packet_evidence->link : std::nullopt;
  if (link && e.packet_evidence->ikey)
    return fmt::format("Give the VTI ikey {0} (ip link set dev {1} type {2} ikey {0}), or install the SA with mark "
                       "{3:#x}: a VTI looks "
                       "for SAs with its ikey, whatever mark the packets have.",
                       s.mark.value, link->name.value_or("VTI"), link->kind, *e.packet_evidence->ikey);
  return fmt::format(
      "Look at what should set mark {} before IPsec sees the packet{} (tc or tcx programs, nftables), or install "
      "the SA with a mark that the packets have.",
      mark_text(s.mark), e.packet->ifname ? " on " + *e.packet->ifname : "");
}

Judgement sa_mark_mismatch(const Event& e) {
  if (!searched(e)) return lacks(kNoMirror);
  const State* s = state_of(e);
  if (!s || !differs_in(e, "mark") || differs_in(e, "daddr")) return no();
  if (!e.packet || !lookup_mark(e)) return lacks("the packet's mark");
  Judgement out =
      holds(fmt::format("{} wants mark {}, {}{}.", upper_first(sa_text(*s)), mark_text(s->mark), mark_looked_for(e),
                        e.packet_evidence && e.packet_evidence->ikey ? "" : mark_source(e)));
  out.advice = mark_advice(e, *s);
  return out;
}

Judgement sa_daddr_mismatch(const Event& e) {
  if (!searched(e)) return lacks(kNoMirror);
  const State* s = state_of(e);
  if (!s || !differs_in(e, "daddr") || !e.packet) return no();
  const std::string mark = differs_in(e, "mark") ? fmt::format(", and it wants mark {}", mark_text(s->mark)) : "";
  return holds(fmt::format("The packet is to {}, but the SA with {} is to {} (from {}){}.", packet_end(e.packet->dst),
                           spi_text(s->spi), packet_end(s->dst), packet_end(s->src), mark));
}

// Mobile IPv6 looks states up by address, not by SPI.
Judgement unknown_address(const Event& e) {
  return holds(fmt::format("The packet from {} to {} has a home address option or a routing header of Mobile IPv6, and "
                           "there is no state for it.",
                           packet_end(e.packet->src), packet_end(e.packet->dst)));
}

Judgement sa_unknown(const Event& e) {
  if (!e.packet) return lacks(kNoPacket);
  if (function_of(e) == "xfrm6_input_addr") return unknown_address(e);
  if (!searched(e)) return lacks(kNoMirror);
  if (!e.packet->spi) return lacks("the packet's SPI");
  if (e.evidence->match != Match::none || deleted_of(e)) return no();
  const std::string proto = e.packet->proto.value_or("?");
  Judgement out = holds(fmt::format(
      "{} sends {} with {} to {}, but no SA of {} has this SPI, and none has had it since xfrm-snap started.",
      packet_end(e.packet->src), proto, spi_text(*e.packet->spi), packet_end(e.packet->dst), proto));
  out.advice =
      fmt::format("Look on {} which SA this is (ip xfrm state list dst {}): a stale peer, a rekey collision, a wrong "
                  "node, or a scan; restart the connection there.",
                  packet_end(e.packet->src), packet_end(e.packet->dst));
  return out;
}

Judgement in_km_state(const Event& e, std::string_view wanted, const std::string& sentence) {
  const State* s = state_of(e);
  if (!s) return lacks(kNoState);
  if (!s->live) return lacks(kNoLive);
  if (s->live->km_state != wanted) return no();
  const std::string made = s->added.how == How::listed ? "" : ago_text(s->added, e.mono_ns);
  return holds(
      fmt::format("{}{} {}", upper_first(sa_text(*s)), made.empty() ? "" : fmt::format(", made{},", made), sentence));
}

Judgement sa_larval(const Event& e) {
  return in_km_state(e, "acq", "is larval: its keys are still being negotiated.");
}

Judgement sa_dead(const Event& e) {
  const State* d = tombstone_of_dead(e);
  return in_km_state(
      e, "dead",
      fmt::format("was deleted{} while the packet was under way to it.", d ? removal_text(*d, e.mono_ns) : ""));
}

const Rule kRules[] = {
    {"sa-deleted",
     {XfrmInNoStates},
     "a tombstone with the packet's destination, protocol and SPI, not made by the lifetime timer; no live SA has the "
     "three, if its mark would not have taken the packet",
     "The SA was there, and somebody deleted it.",
     "Let old and new keys overlap for longer, and look at why that process deleted the SA while the peer used it.",
     sa_deleted},
    {"sa-expired",
     {XfrmInNoStates, XfrmInStateExpired, XfrmInStateInvalid},
     "a tombstone made by the lifetime timer, or an SA that is expired or at a hard limit",
     "The SA reached a hard limit before a new one took its place.",
     "Make the key manager rekey earlier: a soft limit well below the hard one, and a peer that answers in time.",
     sa_expired},
    {"sa-mark-mismatch",
     {XfrmInNoStates},
     "an SA with the packet's destination, protocol and SPI, but with another mark",
     "The SA is there for packets with another mark.",
     "Look at what should set the mark before IPsec sees the packet: tc or tcx programs and nftables on that device.",
     sa_mark_mismatch},
    {"sa-daddr-mismatch",
     {XfrmInNoStates},
     "an SA with the packet's SPI and protocol, but another destination",
     "The SPI belongs to an SA with another destination.",
     "Check which addresses the peers use for the tunnel: NAT, a moved address, or an SA of another node.",
     sa_daddr_mismatch},
    {"sa-unknown",
     {XfrmInNoStates},
     "neither an SA nor a tombstone with the packet's SPI",
     "This node has had no such SA since xfrm-snap started.",
     "Compare with the peer's outbound SAs (ip xfrm state there): a stale peer, a rekey collision, a wrong node, or a "
     "scan; restart the connection on the peer.",
     sa_unknown},
    {"sa-larval",
     {XfrmAcquireError, XfrmInStateInvalid},
     "the packet's SA is in state acq",
     "The SA's keys are still being negotiated.",
     "See whether the key manager finishes its negotiation; the peer sends before this side is ready.",
     sa_larval},
    {"sa-dead",
     {XfrmInStateInvalid},
     "the packet's SA is in state dead, and no tombstone says that the lifetime timer ended it",
     "The packet met its SA just as it was deleted.",
     "Rare ones are harmless; many mean that SAs are deleted while the peer still uses them.",
     sa_dead},
};

} // namespace

std::span<const Rule> inbound_state_rules() {
  return kRules;
}

} // namespace xs
