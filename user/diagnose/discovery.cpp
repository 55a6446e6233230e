// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Rules on neighbour discovery, multicast and broadcast that a wide policy protects, or that a default policy blocks.
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

// Group addresses. The broadcast address of a subnet looks like a host's, since its prefix is not known.
struct Group {
  const char* name;
  const char* prefix;
  uint8_t bits;
  const char* any; // source of its family
};
constexpr Group kGroups[] = {{"multicast", "ff00::", 8, "::/0"},
                             {"multicast", "224.0.0.0", 4, "0.0.0.0/0"},
                             {"broadcast", "255.255.255.255", 32, "0.0.0.0/0"}};

const Group* group_of(const std::optional<std::string>& address) {
  const auto* it = std::ranges::find_if(
      kGroups, [&](const Group& g) { return address && in_prefix(*address, g.prefix, g.bits).value_or(false); });
  return it == std::end(kGroups) ? nullptr : it;
}

const Discovery* discovery_of(const PacketInfo& flow) {
  if (flow.proto != "ipv6-icmp" || !flow.icmp_type) return nullptr;
  const auto* it = std::ranges::find(kDiscovery, *flow.icmp_type, &Discovery::type);
  return it == std::end(kDiscovery) ? nullptr : it;
}

bool made_for(const Group& g, const Selector& s) {
  return group_of(s.dst) == &g && s.dst_bits >= g.bits;
}

bool made_for_discovery(const Selector& s) {
  if (s.proto != kIcmp6 || !s.sport_mask) return false;
  return std::ranges::any_of(s.upper, [](const auto& field) {
    return field.first == "type" && field.second >= kDiscovery[0].type && field.second <= std::end(kDiscovery)[-1].type;
  });
}

// A smaller number has precedence.
std::string priority_words(const Policy& p) {
  std::string out = fmt::format(" priority {}", p.priority ? p.priority - 1 : 0);
  if (!p.mark.unset()) out += fmt::format(" mark {:#x} mask {:#x}", p.mark.value, p.mark.mask);
  if (p.if_id) out += fmt::format(" if_id {:#x}", p.if_id);
  if (p.type == "sub") out += " ptype sub";
  return out;
}

// The command for one direction: neighbours both ask and answer, so what goes out in clear must be let in, too. No
// group: for neighbour discovery.
std::string bypass_command(const Group* group, std::string_view dir, const std::string& priority) {
  const char* in = dir == "fwd" ? "fwd" : "in";
  const std::string rest = fmt::format(" dir $d action allow{}", priority);
  if (!group)
    return fmt::format("for d in {} out; do for t in 133 134 135 136 137; do ip xfrm policy add src ::/0 dst ::/0 "
                       "proto ipv6-icmp type $t{}; done; done",
                       in, rest);
  return fmt::format("for d in {} out; do ip xfrm policy add src {} dst {}/{}{}; done", in, group->any, group->prefix,
                     group->bits, rest);
}

// The policy of a socket has precedence over all others.
std::string bypass_advice(const Policy& p, const Group* group) {
  if (p.socket)
    return "It is a policy of the socket, which comes before those of ip xfrm policy: the program has to lift it for "
           "this socket (setsockopt IP_XFRM_POLICY or IPV6_XFRM_POLICY with a policy that has no template), or to send "
           "and receive such packets by another one.";
  const char* const first = p.priority ? "" : " First give that policy a priority above 0: the smaller number wins.";
  return fmt::format("Let it bypass IPsec by a policy of a smaller priority number: {}{}",
                     bypass_command(group, p.dir, priority_words(p)), first);
}

Judgement caught(const PacketInfo& flow, const Policy& p, const std::string& what, const std::string& reason,
                 const Group* group) {
  Judgement out =
      holds(fmt::format("{} is {}, and {} wants it protected: {}.", flow_text(flow), what, policy_text(p), reason));
  out.advice = bypass_advice(p, group);
  return out;
}

std::string discovery_words(const Discovery& found) {
  return fmt::format("neighbour discovery (ICMPv6 type {}, {})", found.type, found.name);
}

Judgement caught_by(const PacketInfo& flow, const Policy& p) {
  const Discovery* found = discovery_of(flow);
  if (found && !made_for_discovery(p.sel))
    return caught(flow, p, discovery_words(*found), "it has to go in clear, as no neighbour is found without it",
                  nullptr);
  const Group* group = group_of(flow.dst);
  if (!group || made_for(*group, p.sel)) return no();
  return caught(flow, p, group->name, fmt::format("key managers make no SAs for {}", group->name), group);
}

Judgement on_the_way_out(const Event& e) {
  const PacketInfo* flow = flow_of(e);
  if (!flow || !flow->dst) return lacks("the flow that was looked up");
  const bool to_many = group_of(flow->dst);
  if (!discovery_of(*flow) && !to_many) return no();
  // If the policy is for a single neighbour, its SA existed and was removed.
  if (!to_many && deleted_of(e)) return no();
  const Policy* p = policy_of(e);
  return p ? caught_by(*flow, *p) : lacks(kNoPolicy);
}

// The flow of a packet that came through no SA; null: not known, which the rule on plaintext reports.
const PacketInfo* flow_in_clear(const Event& e) {
  const auto* secpath = secpath_of(e);
  const PacketInfo* flow = flow_of(e);
  return secpath && secpath->empty() && flow && flow->dst ? flow : nullptr;
}

// A packet from a neighbour.
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

// Without a policy, only a default policy that blocks refuses a packet in clear.
Judgement without_policy(const Event& e) {
  const PacketInfo* flow = flow_in_clear(e);
  const Discovery* found = flow ? discovery_of(*flow) : nullptr;
  if (!found || policy_of(e)) return no();
  const std::string dir = e.packet_evidence->policy_dir.value_or("in");
  Judgement out = holds(fmt::format("{} is {}: it came in clear, as it has to, but no {} policy lets it pass, and what "
                                    "has no policy is blocked here.",
                                    flow_text(*flow), discovery_words(*found), direction_of(e)));
  out.advice = fmt::format("Let it pass: {}", bypass_command(nullptr, dir, ""));
  return out;
}

Judgement neighbour_discovery(const Event& e) {
  if (e.counter == XfrmOutNoStates) return on_the_way_out(e);
  return e.counter == XfrmInNoPols ? without_policy(e) : on_the_way_in(e);
}

const Rule kRules[] = {
    {"neighbour-discovery",
     {XfrmInTmplMismatch, XfrmInNoPols, XfrmOutNoStates},
     "ICMPv6 of type 133 to 137, or a flow to a multicast address or to 255.255.255.255, for which the policy was not "
     "made (XfrmInNoPols: ICMPv6 of these types, and no policy at all); on the way in: it came in clear",
     "A wide policy catches neighbour discovery, multicast or broadcast, or a default to block does.",
     "Let it bypass IPsec, in both directions: a policy without template for ICMPv6 types 133 to 137, or for ff00::/8, "
     "224.0.0.0/4 or 255.255.255.255, with a smaller priority number.",
     neighbour_discovery},
};

} // namespace

std::span<const Rule> discovery_rules() {
  return kRules;
}

} // namespace xs
