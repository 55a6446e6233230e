// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Prints events and the summary as aligned text.
#include "text.hpp"
#include "../model/loss.hpp"
#include "json.hpp"
#include "mirror_text.hpp"
#include "tc_text.hpp"
#include "wrap.hpp"
#include "../model/joined.hpp"

#include "../diagnose/causes.hpp"
#include "../diagnose/flow.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

std::string endpoint(const std::optional<std::string>& address, const std::optional<uint16_t>& port) {
  if (!address) return "?";
  if (!port) return *address;
  return address->find(':') == address->npos ? fmt::format("{}:{}", *address, *port)
                                             : fmt::format("[{}]:{}", *address, *port);
}

// In iproute2's words: src, dst, proto, spi, mark, dev.
std::string packet_text(const PacketInfo& p) {
  std::vector<std::string> words{packet_title(p)};
  if (p.seq) words.push_back(fmt::format("seq {}", *p.seq));
  if (p.len) words.push_back(fmt::format("len {}", *p.len));
  if (p.mark) words.push_back(fmt::format("mark {:#x}", *p.mark));
  if (p.ifname)
    words.push_back(fmt::format("dev {}", printable(*p.ifname)));
  else if (p.ifindex.value_or(0))
    words.push_back(fmt::format("dev #{}", *p.ifindex));
  return joined(words, " ");
}

// Empty if each stands for one packet.
std::string packets_text(uint64_t n, const std::optional<uint64_t>& packets) {
  if (!packets || *packets == n) return {};
  return fmt::format("  {} packets", *packets);
}

std::string first_line(const Event& e, const Finding& finding, const TextStyle& style) {
  std::string out =
      time_text(e.real_ns, e.mono_ns, style) + heading(e.counter) + "  " + paint(finding.cause, kBold, style.color);
  if (e.n > 1) out += fmt::format("  x{}", e.n);
  out += packets_text(e.n, e.packets);
  return wrap(out + fmt::format("  netns {}", netns_text(e.netns)), 4, style.width) + "\n";
}

// Where it was counted, on which CPU, and in which process.
std::string place_text(const Event& e) {
  std::string out;
  if (e.site) {
    const std::string module = e.site->module.empty() ? "" : fmt::format(" [{}]", e.site->module);
    out = fmt::format("{}+{:#x}{}", e.site->function, e.site->offset, module);
  }
  if (e.cpu) out += fmt::format("{}cpu {}", out.empty() ? "" : "  ", *e.cpu);
  if (e.process) out += fmt::format("{}process {}", out.empty() ? "" : "  ", process_text(*e.process));
  return out;
}

// A tombstone matters if it is the cause, if there is no cause, or if it is the SA of a lost packet.
Evidence that_matters(Evidence e, uint8_t counter, const Finding& finding) {
  const bool gone = is_loss(counter) || finding.cause == "sa-deleted" || finding.cause == "sa-expired" ||
                    finding.cause == "sa-dead" || finding.cause == kUnknownCause;
  if (!gone) e.deleted.reset();
  return e;
}

// "  sa-deleted  3  first 15:03:46  last 15:03:49"; of a loss: "  too-big  3  5 packets  first ..."
std::string cause_line(const CauseCount& c, const TextStyle& style) {
  const std::string first = time_text(c.first_real_ns, c.first_mono_ns, style);
  const std::string last = time_text(c.last_real_ns, c.last_mono_ns, style);
  const std::string when = first.empty() ? "" : fmt::format("  first {}last {}", first, last);
  const std::string packets = is_loss(c.counter) ? packets_text(c.n, c.packets) : "";
  std::string out = fmt::format("        {:<20} {:>8}{}{}", c.cause, c.n, packets, when);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string causes_text(const Summary& s, const Netns& netns, uint8_t counter, const TextStyle& style) {
  std::string out;
  for (const CauseCount& c : s.causes)
    if (c.counter == counter && is_of(c.netns, netns)) out += cause_line(c, style);
  return out;
}

std::string losses_text(const Summary& s, const Netns& netns, const TextStyle& style) {
  std::string out;
  for (const CauseCount& c : s.causes)
    if (is_loss(c.counter) && is_of(c.netns, netns)) out += cause_line(c, style);
  return out.empty() ? out : "    lost, and no counter counts it\n" + out;
}

// The share of seen increments with a cause.
std::string explained(const CounterResult& r) {
  if (!r.seen) return {};
  return r.without_cause ? fmt::format(", {} without a cause", r.without_cause) : ", all with a cause";
}

std::string verdict(const CounterResult& r, const TextStyle& style) {
  const std::string kernel = r.kernel ? fmt::format("{} counted", *r.kernel) : std::string("could not be read");
  const std::string filtered = r.filtered ? fmt::format(", {} filtered out", r.filtered) : "";
  const std::string text = fmt::format("{}, {} seen{}{}", kernel, r.seen, explained(r), filtered);
  if (r.complete())
    return r.uncertainty ? fmt::format("{} (read under traffic, give or take {})", text, r.uncertainty) : text;
  const uint64_t known = r.seen + r.filtered;
  const uint64_t missed = r.kernel && *r.kernel > known ? *r.kernel - known : 0;
  return paint(missed ? fmt::format("{}: {} MISSED", text, missed) : fmt::format("{}: DIFFERS", text), kRed,
               style.color);
}

} // namespace

std::string packet_title(const PacketInfo& p) {
  std::string out = fmt::format("src {} dst {}", endpoint(p.src, p.sport), endpoint(p.dst, p.dport));
  if (p.proto) out += fmt::format(" proto {}", *p.proto);
  if (p.encap) out += fmt::format(" in {}", *p.encap);
  if (p.spi) out += fmt::format(" spi {}", hex_spi(*p.spi));
  return out;
}

static const char* since_note(Since since) {
  switch (since) {
  case Since::nat:
    return " (before NAT: policies are looked up with it)";
  case Since::turned:
    return " (the packet that an ICMP error quotes, the other way round: policies are looked up with it)";
  default:
    return nullptr;
  }
}

std::string to_text(const Event& e, const Finding& finding, const TextStyle& style) {
  std::string out = first_line(e, finding, style);
  if (e.packet) out += row(e.packet->is_flow ? "flow" : "packet", packet_text(*e.packet), style);
  if (const char* note = since_note(since_lookup(e))) out += row("flow", packet_text(*e.looked_up) + note, style);
  if (e.evidence) out += evidence_text(that_matters(*e.evidence, e.counter, finding), e.mono_ns, style);
  if (e.tc) out += tc_text(*e.tc, e.mono_ns, style);
  out += row("why", printable(finding.why), style);
  out += row("advice", printable(finding.advice), style);
  if (const std::string place = place_text(e); !place.empty()) out += row("site", place, style);
  for (size_t i = 0; i < e.stack.size(); i++)
    out += row(i ? "" : "stack", e.stack[i], style);
  return out;
}

std::string to_text(const Summary& s, const TextStyle& style) {
  std::string out;
  for (const NetnsResult& ns : s.netns) {
    out += fmt::format("netns {}\n", netns_text(ns.netns));
    for (const auto& [index, r] : ns.counters)
      out += fmt::format("    {:<24} {}\n{}", counter_name(index), verdict(r, style),
                         causes_text(s, ns.netns, index, style));
    out += losses_text(s, ns.netns, style);
  }
  if (s.netns.empty()) out += "no error was counted, and no loss was seen\n";
  if (s.lost_ring)
    out +=
        fmt::format("{} events found the ring buffer full or busy; they are in the counts, not in lines of their own\n",
                    s.lost_ring);
  if (s.lost_map_full) out += fmt::format("{} events found a map full; raise --max-errors\n", s.lost_map_full);
  if (s.lost_states)
    out +=
        fmt::format("states found no room in the mirror {} times, what is said of them may lack; raise --max-states\n",
                    s.lost_states);
  if (s.lost_policies)
    out += fmt::format("policies found no room in the mirror {} times; raise --max-states\n", s.lost_policies);
  if (s.lost_tc) out += fmt::format("{} times there was no room for what tc has\n", s.lost_tc);
  if (s.lost_changes)
    out += fmt::format("{} changes found the ring buffer full and were not printed\n", s.lost_changes);
  for (const std::string& p : s.problems)
    out += fmt::format("{}\n", p);
  out += s.complete ? paint("complete: every increment of the kernel's counters was seen\n", kGreen, style.color)
                    : paint("INCOMPLETE: see above\n", kRed, style.color);
  return out;
}

} // namespace xs
