// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on encrypted packets that are lost before decryption, without a counter.
#include "loss_words.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

std::string ends_text(const Event& e) {
  if (!e.packet) return "a peer to this host";
  return fmt::format("{} to {}", packet_end(e.packet->src), packet_end(e.packet->dst));
}

bool ipv6(const Event& e) {
  return e.packet && (is_ipv6(e.packet->dst.value_or("")) || is_ipv6(e.packet->src.value_or("")));
}

std::string port_text(const Event& e) {
  return e.packet && e.packet->dport ? std::to_string(*e.packet->dport) : "its port";
}

// The SA that the packet is for: live, or removed.
std::string owner_text(const Event& e) {
  if (const State* s = state_of(e)) {
    const std::string by = actor_text(s->added);
    return fmt::format("{} is still there{}", upper_first(sa_text(*s)), by.empty() ? "" : ", added " + by);
  }
  const State* d = deleted_of(e);
  return d ? fmt::format("{} was deleted{}", upper_first(sa_text(*d)), removal_text(*d, e.mono_ns)) : "";
}

Judgement no_encap_socket(const Event& e) {
  const std::string owner = owner_text(e);
  Judgement out = holds(
      fmt::format("ESP in UDP came from {}, and no socket takes what comes to port {}: who had it open is gone.{}",
                  ends_text(e), port_text(e), owner.empty() ? "" : " " + owner + "."));
  if (owner.empty()) out.missing.emplace_back("the packet's SA");
  const State* s = state_of(e);
  const bool port = e.packet && e.packet->dport;
  out.advice = fmt::format("Start the key manager again (ss -lunp{} tells who has the port), or remove what it left{}.",
                           port ? fmt::format(" 'sport = :{}'", *e.packet->dport) : "",
                           s ? fmt::format(": ip xfrm state delete {}", state_id(*s)) : "");
  return out;
}

// The module that registers the protocol's handler; empty: another protocol.
std::string module_of(const PacketInfo& p) {
  const char* family = is_ipv6(p.dst.value_or("")) ? "6" : "";
  if (p.proto == "comp") return fmt::format("ipcomp{}", family);
  return p.proto == "esp" || p.proto == "ah" ? fmt::format("{}{}", *p.proto, *family ? family : "4") : "";
}

Judgement no_handler(const Event& e) {
  if (!e.packet || module_of(*e.packet).empty()) return lacks("the packet's protocol");
  const std::string module = module_of(*e.packet);
  const std::string owner = owner_text(e);
  Judgement out =
      holds(fmt::format("A packet of protocol {} came from {}, and the kernel has no handler for it: module {} "
                        "is not there.{}",
                        *e.packet->proto, ends_text(e), module, owner.empty() ? "" : " " + owner + "."));
  out.advice =
      fmt::format("Load it: modprobe {} (an SA of that protocol loads it, too; CONFIG_INET{}_{} builds it), or "
                  "have the peer stop.",
                  module, ipv6(e) ? "6" : "",
                  e.packet->proto == "comp" ? "IPCOMP"
                  : e.packet->proto == "ah" ? "AH"
                                            : "ESP");
  return out;
}

// The length of the packet behind its UDP header.
std::optional<uint32_t> udp_payload(const Event& e) {
  const uint32_t headers = (ipv6(e) ? 40 : 20) + 8;
  if (!e.packet || !e.packet->len || *e.packet->len < headers) return {};
  return *e.packet->len - headers;
}

Judgement too_short(const Event& e) {
  const auto payload = udp_payload(e);
  Judgement out =
      holds(fmt::format("A UDP packet from {}, to port {}, is taken for ESP, and {} too short for that.", ends_text(e),
                        port_text(e), payload ? fmt::format("its payload of {} is", bytes_text(*payload)) : "is"));
  if (!payload) out.missing.emplace_back("the packet's length");
  if (e.packet && e.packet->src)
    out.advice = fmt::format("Look what {} sends there (tcpdump -Xni any udp and src host {}): a keepalive of NAT "
                             "traversal has one byte, IKE begins with four zero bytes.",
                             *e.packet->src, *e.packet->src);
  return out;
}

Judgement fragment_lost(const Event& e) {
  const bool six = ipv6(e) || function_of(e) == "ip6_frag_expire";
  const std::string what = e.packet && e.packet->proto ? *e.packet->proto : "encrypted";
  Judgement out = holds(fmt::format(
      "An {} packet from {} came in fragments, and not all of them in time ({}): those that came are "
      "freed.",
      what == "udp" ? "ESP-in-UDP" : what, ends_text(e), six ? "net.ipv6.ip6frag_time" : "net.ipv4.ipfrag_time"));
  out.advice =
      fmt::format("Let the sender, {}, not make fragments: a lower MTU on its route or interface into the tunnel, "
                  "or MSS clamping; and see which firewall or NAT on the way drops fragments, of which only the "
                  "first has ports.",
                  e.packet ? packet_end(e.packet->src) : "the peer");
  return out;
}

const Rule kRules[] = {
    {"no-encap-socket",
     {LOSS_NO_ENCAP_SOCKET},
     "an ICMP error \"port unreachable\" for a UDP packet that begins with the SPI of an SA in the mirror",
     "ESP in UDP comes to a port that nobody has open any more, while its SA lives.",
     "Start the key manager again (ss -lunp tells who has the port), or delete the SAs that it left.",
     no_encap_socket},
    {"no-handler",
     {LOSS_NO_HANDLER},
     "an ICMP error \"protocol unreachable\" or its like for a packet of ESP, AH or IPComp",
     "The kernel does not know the packet's IPsec protocol.",
     "Load its module (esp4, esp6, ah4, ah6, ipcomp, ipcomp6), or have the peer stop.",
     no_handler},
    {"too-short",
     {LOSS_TOO_SHORT},
     "a packet to a socket of ESP in UDP is freed, and it is more than a keepalive",
     "Something that is neither ESP nor IKE comes to the port of NAT traversal.",
     "Look who sends it (tcpdump -Xni any udp port 4500).",
     too_short},
    {"fragment-lost",
     {LOSS_FRAGMENT},
     "the kernel's timer for fragments runs out on an encrypted packet",
     "A fragment of an encrypted packet did not arrive.",
     "Have the sender make no fragments (a lower MTU into the tunnel, MSS clamping), and see who drops them on the "
     "way.",
     fragment_lost},
};

} // namespace

std::span<const Rule> inbound_loss_rules() {
  return kRules;
}

} // namespace xs
