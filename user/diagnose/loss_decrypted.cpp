// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on packets that are lost after decryption; reported with --after-decryption only.
#include "loss_words.hpp"
#include "words.hpp"

#include <cerrno>
#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kNoError = "the error number of the kernel's routing";

std::string came_text(const Event& e) {
  const std::string flow = e.packet ? flow_text(*e.packet) : "A packet";
  return fmt::format("{} came out of {}{}", flow, sa_or(e, "an SA"), on_device(e));
}

std::string source(const Event& e) {
  return e.packet ? packet_end(e.packet->src) : "?";
}

std::optional<uint16_t> error_of(const Event& e) {
  return e.packet_evidence ? e.packet_evidence->error : std::nullopt;
}

Judgement rp_filter(const Event& e) {
  const auto error = error_of(e);
  if (!error) return lacks(kNoError);
  if (*error != EXDEV) return no();
  const std::string dev = device_word(e), src = source(e);
  Judgement out = holds(fmt::format(
      "{}, and rp_filter drops it: the route back to {} does not lead out of that device.", came_text(e), src));
  out.advice =
      fmt::format("Look at ip route get {0} and at sysctl net.ipv4.conf.{1}.rp_filter (the larger of that and "
                  "net.ipv4.conf.all.rp_filter counts): route {0} back the same way, or set both to 2 (loose) or "
                  "0.",
                  src, dev);
  return with_state(std::move(out), e);
}

// IPv6 asks whether it forwards at all once it has the route.
Judgement no_forwarding6(const Event& e) {
  const std::string to = e.packet ? packet_end(e.packet->dst) : "?", dev = device_word(e);
  Judgement out = holds(fmt::format("{}, and is not for this host, which forwards no IPv6 packets: "
                                    "net.ipv6.conf.all.forwarding is 0.",
                                    came_text(e)));
  out.advice = fmt::format("Switch forwarding on: sysctl -w net.ipv6.conf.all.forwarding=1. Then look at: "
                           "ip -6 route get {} from {} iif {}.",
                           to, source(e), dev);
  return with_state(std::move(out), e);
}

// A host that does not forward returns EHOSTUNREACH for packets to other hosts.
Judgement no_forwarding(const Event& e) {
  if (function_of(e) == "ip6_forward") return no_forwarding6(e);
  const auto error = error_of(e);
  if (!error) return lacks(kNoError);
  if (*error != EHOSTUNREACH) return no();
  const bool v6 = e.packet && is_ipv6(e.packet->dst.value_or(""));
  const std::string to = e.packet ? packet_end(e.packet->dst) : "?", dev = device_word(e);
  const std::string sysctl =
      v6 ? fmt::format("net.ipv6.conf.{}.forwarding", dev) : fmt::format("net.ipv4.conf.{}.forwarding", dev);
  Judgement out =
      holds(fmt::format("{}, and is not for this host: the kernel does not forward it ({}). Forwarding is off "
                        "on that device, or an unreachable route is in the way.",
                        came_text(e), error_text(*error)));
  out.advice = fmt::format("Switch forwarding on (sysctl -w {}=1, or {}), and look at: ip route get {} from {} iif {}.",
                           sysctl, v6 ? "net.ipv6.conf.all.forwarding=1" : "net.ipv4.ip_forward=1", to, source(e), dev);
  return with_state(std::move(out), e);
}

Judgement firewall(const Event& e) {
  Judgement out = holds(fmt::format("{}, and the firewall drops it.", came_text(e)));
  if (e.packet && e.packet->src)
    out.advice =
        fmt::format("Allow it by what it came through, before the rule that drops: nft ... meta ipsec exists "
                    "accept (iptables ... -m policy --dir in --pol ipsec -j ACCEPT). Which rule drops: nft add "
                    "rule ... ip{} saddr {} meta nftrace set 1; nft monitor trace.",
                    is_ipv6(*e.packet->src) ? "6" : "", *e.packet->src);
  return with_state(std::move(out), e);
}

const Rule kRules[] = {
    {"rp-filter",
     {LOSS_INPUT},
     "routing refuses a packet that came through an SA, with EXDEV",
     "The way back to the packet's source does not lead out of the device that it came in by.",
     "Look at ip route get SOURCE and at the rp_filter of the device and of all: route the source back the same way, "
     "or "
     "set rp_filter to 2 or 0.",
     rp_filter},
    {"no-forwarding",
     {LOSS_INPUT},
     "routing refuses a packet that came through an SA, with EHOSTUNREACH; IPv6: it is freed before it is forwarded, "
     "and "
     "forwarding is off",
     "The packet is for another host, and this one does not forward it.",
     "Switch forwarding on (net.ipv4.ip_forward, net.ipv6.conf.all.forwarding and the device's own), and look at the "
     "route.",
     no_forwarding},
    {"firewall",
     {LOSS_FIREWALL},
     "a packet that came through an SA, or by an xfrm interface or a VTI, is freed by netfilter",
     "The firewall drops what was decrypted.",
     "Allow it by what it came through: nft meta ipsec exists accept, or iptables -m policy --dir in --pol ipsec.",
     firewall},
};

} // namespace

std::span<const Rule> decrypted_loss_rules() {
  return kRules;
}

} // namespace xs
