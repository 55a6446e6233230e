// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds out whether a forwarded packet in clear goes into a tunnel or should have come out of it.
#include "forwarded.hpp"
#include "facts.hpp"
#include "selector.hpp"
#include "words.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

bool covers(const std::optional<std::string>& prefix, uint8_t bits, const std::optional<std::string>& address) {
  if (!bits) return true;
  return prefix && address && in_prefix(*address, *prefix, bits).value_or(false);
}

// True if the policy also takes the reverse flow, so that it does not distinguish the directions.
bool takes_both_ways(const Policy& p, const PacketInfo& flow) {
  return covers(p.sel.src, p.sel.src_bits, flow.dst) && covers(p.sel.dst, p.sel.dst_bits, flow.src);
}

Side by_policies(const Event& e, const Policy& out) {
  const PacketInfo* flow = flow_of(e);
  if (!flow || !flow->src || !flow->dst) return Side::unknown;
  const Policy* fwd = policy_of(e);
  const bool inward = !takes_both_ways(out, *flow), outward = fwd && !takes_both_ways(*fwd, *flow);
  if (inward == outward) return Side::unknown;
  return inward ? Side::near : Side::far;
}

// This node's end of the tunnel, if there is only one.
std::optional<std::string> end_of(const Policy& out) {
  std::optional<std::string> end;
  for (const Template& t : out.templates) {
    if (t.mode == "transport") continue;
    if (unspecified(t.src) || (end && *end != *t.src)) return {};
    end = t.src;
  }
  return end;
}

bool among(const std::vector<std::string>& addresses, const std::string& address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

Origin by_devices(const Event& e, const Policy& out) {
  const auto end = end_of(out);
  const auto* devices = e.packet_evidence && e.packet_evidence->addresses ? &*e.packet_evidence->addresses : nullptr;
  if (!end || !devices || !devices->all) return {};
  const bool came = among(devices->in, *end), leaves = among(devices->out, *end);
  if (came == leaves) return {};
  return {leaves ? Side::near : Side::far, fmt::format(" The tunnel's end {} is on the device that it {}.", *end,
                                                       leaves ? "would leave by, not on that which it came in by"
                                                              : "came in by, not on that which it would leave by")};
}

} // namespace

Origin origin_of(const Event& e, const Policy& out) {
  const Side side = by_policies(e, out);
  return side == Side::unknown ? by_devices(e, out) : Origin{side, {}};
}

} // namespace xs
