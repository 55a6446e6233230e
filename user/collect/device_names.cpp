// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Enters a netns for the names of its devices.
#include "device_names.hpp"
#include "../sys/devices.hpp"
#include "../sys/netns_handles.hpp"

namespace xs {
namespace {

std::map<int32_t, std::string> read_names(uint32_t netns) {
  std::map<int32_t, std::string> names;
  inside_each({netns}, Search::quick, [&](uint32_t, const Status& entered) {
    if (!entered) return;
    for (auto& [ifindex, name] : list_devices().value_or(Devices{}))
      names.emplace(static_cast<int32_t>(ifindex), std::move(name));
  });
  return names;
}

} // namespace

// Names may change: what is known holds for a moment only.
std::optional<std::string> DeviceNames::name(uint32_t netns, int32_t ifindex) {
  using namespace std::chrono_literals;
  const auto now = Clock::now();
  const auto [entry, fresh] = known_.try_emplace(netns);
  if (fresh || now - entry->second.read > 1s) entry->second = {read_names(netns), now};
  const auto found = entry->second.names.find(ifindex);
  if (found == entry->second.names.end()) return {};
  return found->second;
}

void DeviceNames::fill(Device& dev, const Netns& netns) {
  if (!dev.name && netns.inum) dev.name = name(*netns.inum, dev.ifindex);
}

void DeviceNames::fill(State& state) {
  if (state.sel && state.sel->dev) fill(*state.sel->dev, state.netns);
  if (state.offload) fill(state.offload->dev, state.netns);
}

void DeviceNames::fill(Policy& policy) {
  if (policy.sel.dev) fill(*policy.sel.dev, policy.netns);
  if (policy.offload) fill(policy.offload->dev, policy.netns);
}

} // namespace xs
