// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Neighbour discovery and multicast that a wide policy wants protected.
#include "facts.hpp"
#include "policy_words.hpp"
#include "rule.hpp"
#include "secpath.hpp"
#include "selector.hpp"
#include "words.hpp"

namespace xs {
namespace {

struct Discovery {
  uint8_t type;
  const char* name;
};
constexpr Discovery kDiscovery[] = {{133, "router solicitation"},
                                    {134, "router advertisement"},
                                    {135, "neighbour solicitation"},
                                    {136, "neighbour advertisement"},
                                    {137, "redirect"}};

constexpr uint8_t kIcmp6 = 58;
constexpr uint8_t kMulticastBits4 = 4, kMulticastBits6 = 8;

bool multicast(const std::optional<std::string>& address) {
  if (!address) return false;
  return is_ipv6(*address) ? in_prefix(*address, "ff00::", kMulticastBits6).value_or(false)
                           : in_prefix(*address, "224.0.0.0", kMulticastBits4).value_or(false);
}

const Discovery* discovery_of(const PacketInfo& flow) {
  if (flow.proto != "ipv6-icmp" || !flow.icmp_type) return nullptr;
  const auto* it = std::ranges::find(kDiscovery, *flow.icmp_type, &Discovery::type);
  return it == std::end(kDiscovery) ? nullptr : it;
}

bool made_for_multicast(const Selector& s) {
  return multicast(s.dst) && s.dst_bits >= (is_ipv6(*s.dst) ? kMulticastBits6 : kMulticastBits4);
}

bool made_for_discovery(const Selector& s) {
  if (s.proto != kIcmp6 || !s.sport_mask) return false;
  return std::ranges::any_of(s.upper, [](const auto& field) {
    return field.first == "type" && field.second >= kDiscovery[0].type && field.second <= std::end(kDiscovery)[-1].type;
  });
}

std::string policy_words(const Policy& p) {
  return fmt::format("the {} policy src {}/{} dst {}/{} (priority {}, index {})", p.dir, packet_end(p.sel.src),
                     p.sel.src_bits, packet_end(p.sel.dst), p.sel.dst_bits, p.priority, p.index);
}

// A smaller number comes first.
std::string priority_words(const Policy& p) {
  std::string out = fmt::format(" priority {}", p.priority ? p.priority - 1 : 0);
  if (!p.mark.any()) out += fmt::format(" mark {:#x} mask {:#x}", p.mark.value, p.mark.mask);
  if (p.if_id) out += fmt::format(" if_id {:#x}", p.if_id);
  if (p.type == "sub") out += " ptype sub";
  return out;
}

std::string bypass_advice(const Policy& p, const PacketInfo& flow, bool discovery) {
  const std::string rest = fmt::format(" dir $d action allow{}", priority_words(p));
  std::string command = fmt::format("ip xfrm policy add src {} dst {}{}", is_ipv6(*flow.dst) ? "::/0" : "0.0.0.0/0",
                                    is_ipv6(*flow.dst) ? "ff00::/8" : "224.0.0.0/4", rest);
  if (discovery)
    command = fmt::format(
        "for t in 133 134 135 136 137; do ip xfrm policy add src ::/0 dst ::/0 proto ipv6-icmp type $t{}; done", rest);
  command = fmt::format("for d in in out; do {}; done", command);
  const char* const first = p.priority ? "" : " First give that policy a priority above 0: the smaller number wins.";
  return fmt::format("Let it bypass IPsec by a policy of a smaller priority number: {}{}", command, first);
}

Judgement caught(const PacketInfo& flow, const Policy& p, const std::string& what, const char* reason, bool discovery) {
  Judgement out =
      holds(fmt::format("{} is {}, and {} wants it protected: {}.", flow_text(flow), what, policy_words(p), reason));
  out.advice = bypass_advice(p, flow, discovery);
  return out;
}

Judgement neighbour_discovery(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow || !flow->dst) return lacks("the flow that was looked up");
  const Discovery* found = discovery_of(*flow);
  const bool to_many = multicast(flow->dst);
  if (!found && !to_many) return no();
  // Where the policy takes neighbours one by one, their SA was there and went.
  if (!to_many && deleted_of(e)) return no();
  const Policy* p = policy_of(e);
  if (!p) return lacks(kNoPolicy);
  if (found && !made_for_discovery(p->sel))
    return caught(*flow, *p, fmt::format("neighbour discovery (ICMPv6 type {}, {})", found->type, found->name),
                  "it has to go in clear, as no neighbour is found without it", true);
  if (!to_many || made_for_multicast(p->sel)) return no();
  return caught(*flow, *p, "multicast", "key managers make no SAs for multicast", false);
}

// The same of what a neighbour sent: it comes in clear, as it has to.
Judgement discovery_in_clear(const Event& e) {
  const auto* secpath = secpath_of(e);
  const Policy* p = policy_of(e);
  if (!secpath || !secpath->empty() || !p) return no(); // the rule on plaintext says what is lacking
  return demands_ipsec(*p) ? neighbour_discovery(e) : no();
}

const Rule kRules[] = {
    {"neighbour-discovery",
     {XfrmInTmplMismatch},
     "the packet came in clear, and is ICMPv6 of type 133 to 137 or to a multicast address, for which the policy was "
     "not "
     "made",
     "A wide policy catches neighbour discovery or multicast.",
     "Let it bypass IPsec, in both directions: a policy without template for ICMPv6 types 133 to 137, or for ff00::/8 "
     "or "
     "224.0.0.0/4, with a smaller priority number.",
     discovery_in_clear},
    {"neighbour-discovery",
     {XfrmOutNoStates},
     "the flow is ICMPv6 of type 133 to 137 or goes to a multicast address, for which the policy was not made",
     "A wide policy catches neighbour discovery or multicast.",
     "Let it bypass IPsec: a policy without template for ICMPv6 types 133 to 137, or for ff00::/8 or 224.0.0.0/4, with "
     "a "
     "smaller priority number.",
     neighbour_discovery},
};

} // namespace

std::span<const Rule> outbound_discovery_rules() {
  return kRules;
}

} // namespace xs
