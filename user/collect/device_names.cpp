// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Enters a netns to read the names of its devices.
#include "device_names.hpp"
#include "../sys/devices.hpp"
#include "../sys/netns_handles.hpp"

namespace xs {

DeviceNames::Names read_device_names(uint32_t netns) {
  DeviceNames::Names names;
  inside_each({netns}, Search::quick, [&](uint32_t, const Status& entered) {
    if (!entered) return;
    for (auto& [ifindex, name] : list_devices().value_or(Devices{}))
      names.emplace(static_cast<int32_t>(ifindex), std::move(name));
  });
  return names;
}

// Names may change, so they are kept for a moment only. Older ones are dropped, so that netns which come and go take no
// memory.
const DeviceNames::Known& DeviceNames::known(uint32_t netns) {
  using namespace std::chrono_literals;
  const auto now = now_();
  if (const auto there = known_.find(netns); there != known_.end() && now - there->second.read <= 1s)
    return there->second;
  std::erase_if(known_, [&](const auto& entry) { return now - entry.second.read > 1s; });
  return known_.insert_or_assign(netns, Known{read_(netns), now}).first->second;
}

std::optional<std::string> DeviceNames::name(uint32_t netns, int32_t ifindex) {
  const Names& names = known(netns).names;
  const auto found = names.find(ifindex);
  if (found == names.end()) return {};
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
