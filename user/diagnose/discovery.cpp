// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Neighbour discovery and multicast that a wide policy wants protected, or a default to block keeps out.
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

// A smaller number comes first.
std::string priority_words(const Policy& p) {
  std::string out = fmt::format(" priority {}", p.priority ? p.priority - 1 : 0);
  if (!p.mark.any()) out += fmt::format(" mark {:#x} mask {:#x}", p.mark.value, p.mark.mask);
  if (p.if_id) out += fmt::format(" if_id {:#x}", p.if_id);
  if (p.type == "sub") out += " ptype sub";
  return out;
}

// Neighbours both ask and answer: what goes out in clear has to be let in, too.
std::string bypass_command(bool six, bool discovery, std::string_view dir, const std::string& priority) {
  const char* in = dir == "fwd" ? "fwd" : "in";
  const std::string rest = fmt::format(" dir $d action allow{}", priority);
  if (discovery)
    return fmt::format("for d in {} out; do for t in 133 134 135 136 137; do ip xfrm policy add src ::/0 dst ::/0 "
                       "proto ipv6-icmp type $t{}; done; done",
                       in, rest);
  return fmt::format("for d in {} out; do ip xfrm policy add src {} dst {}{}; done", in, six ? "::/0" : "0.0.0.0/0",
                     six ? "ff00::/8" : "224.0.0.0/4", rest);
}

// A socket's own policy comes before all others.
std::string bypass_advice(const Policy& p, const PacketInfo& flow, bool discovery) {
  if (p.socket)
    return "It is a policy of the socket, which comes before those of ip xfrm policy: the program has to lift it for "
           "this socket (setsockopt IP_XFRM_POLICY or IPV6_XFRM_POLICY with a policy that has no template), or to send "
           "and receive such packets by another one.";
  const char* const first = p.priority ? "" : " First give that policy a priority above 0: the smaller number wins.";
  return fmt::format("Let it bypass IPsec by a policy of a smaller priority number: {}{}",
                     bypass_command(is_ipv6(*flow.dst), discovery, p.dir, priority_words(p)), first);
}

Judgement caught(const PacketInfo& flow, const Policy& p, const std::string& what, const char* reason, bool discovery) {
  Judgement out =
      holds(fmt::format("{} is {}, and {} wants it protected: {}.", flow_text(flow), what, policy_text(p), reason));
  out.advice = bypass_advice(p, flow, discovery);
  return out;
}

std::string discovery_words(const Discovery& found) {
  return fmt::format("neighbour discovery (ICMPv6 type {}, {})", found.type, found.name);
}

Judgement caught_by(const PacketInfo& flow, const Policy& p) {
  const Discovery* found = discovery_of(flow);
  if (found && !made_for_discovery(p.sel))
    return caught(flow, p, discovery_words(*found), "it has to go in clear, as no neighbour is found without it", true);
  if (!multicast(flow.dst) || made_for_multicast(p.sel)) return no();
  return caught(flow, p, "multicast", "key managers make no SAs for multicast", false);
}

Judgement on_the_way_out(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow || !flow->dst) return lacks("the flow that was looked up");
  const bool to_many = multicast(flow->dst);
  if (!discovery_of(*flow) && !to_many) return no();
  // Where the policy takes neighbours one by one, their SA was there and went.
  if (!to_many && deleted_of(e)) return no();
  const Policy* p = policy_of(e);
  return p ? caught_by(*flow, *p) : lacks(kNoPolicy);
}

// The flow of a packet that came through no SA; null where that is not known: the rule on plaintext says so.
const PacketInfo* flow_in_clear(const Event& e) {
  const auto* secpath = secpath_of(e);
  const PacketInfo* flow = flow_of(e);
  return secpath && secpath->empty() && flow && flow->dst ? flow : nullptr;
}

// What a neighbour sent.
Judgement on_the_way_in(const Event& e) {
  const PacketInfo* flow = flow_in_clear(e);
  const Policy* p = policy_of(e);
  if (!flow) return no();
  if (p) return demands_ipsec(*p) ? caught_by(*flow, *p) : no();
  const Discovery* found = discovery_of(*flow);
  if (!found) return no();
  Judgement out = holds(fmt::format("{} is {}: it came in clear, as it has to, but its policy demands IPsec.",
                                    flow_text(*flow), discovery_words(*found)));
  out.missing.emplace_back(kNoPolicy);
  return out;
}

// Only a default to block refuses what came in clear and has no policy.
Judgement without_policy(const Event& e) {
  const PacketInfo* flow = flow_in_clear(e);
  const Discovery* found = flow ? discovery_of(*flow) : nullptr;
  if (!found || policy_of(e)) return no();
  const std::string dir = e.clues->policy_dir.value_or("in");
  Judgement out = holds(fmt::format("{} is {}: it came in clear, as it has to, but no {} policy lets it pass, and what "
                                    "has no policy is blocked here.",
                                    flow_text(*flow), discovery_words(*found), direction_of(e)));
  out.advice = fmt::format("Let it pass: {}", bypass_command(true, true, dir, ""));
  return out;
}

Judgement neighbour_discovery(const Event& e) {
  if (e.counter == XfrmOutNoStates) return on_the_way_out(e);
  return e.counter == XfrmInNoPols ? without_policy(e) : on_the_way_in(e);
}

const Rule kRules[] = {
    {"neighbour-discovery",
     {XfrmInTmplMismatch, XfrmInNoPols, XfrmOutNoStates},
     "ICMPv6 of type 133 to 137, or a flow to a multicast address, for which the policy was not made (XfrmInNoPols: "
     "ICMPv6 of these types, and no policy at all); on the way in: it came in clear",
     "A wide policy catches neighbour discovery or multicast, or a default to block does.",
     "Let it bypass IPsec, in both directions: a policy without template for ICMPv6 types 133 to 137, or for ff00::/8 "
     "or 224.0.0.0/4, with a smaller priority number.",
     neighbour_discovery},
};

} // namespace

std::span<const Rule> discovery_rules() {
  return kRules;
}

} // namespace xs
