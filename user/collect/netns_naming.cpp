// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks names of netns up soon after they are made, and keeps them.
#include "netns_naming.hpp"

#include <iterator>
#include <utility>

namespace xs {
namespace {

constexpr std::chrono::seconds kNamedWithin{2};
constexpr std::chrono::milliseconds kLookEvery{10};

} // namespace

NetnsNaming::NetnsNaming(NetnsNames names, std::function<std::set<NetnsId>()> alive)
    : names_(std::move(names)), alive_(std::move(alive)) {}

void NetnsNaming::start() {
  names_.scan();
  for (const NetnsId id : alive_())
    made(id);
  look_up_new();
}

void NetnsNaming::made(NetnsId id) {
  new_.try_emplace(id, Clock::now());
}

void NetnsNaming::look_up_new() {
  if (new_.empty() || Clock::now() - looked_up_ < kLookEvery) return;
  looked_up_ = Clock::now();
  names_.look_at_mounts();
  const std::set<NetnsId> alive = alive_();
  for (auto it = new_.begin(); it != new_.end();) {
    const auto& [id, since] = *it;
    const auto name = names_.known(id.inum);
    if (name && alive.contains(id)) known_.emplace(id, *name);
    it = name || !alive.contains(id) || Clock::now() - since > kNamedWithin ? new_.erase(it) : std::next(it);
  }
}

Netns NetnsNaming::netns(NetnsId id) {
  if (!id.inum) return {};
  if (const auto known = known_.find(id); known != known_.end()) return {id.inum, known->second};
  if (new_.contains(id)) names_.look_at_mounts();
  const auto name = names_.name(id.inum);
  if (!name || !alive_().contains(id)) return {id.inum, {}};
  known_.emplace(id, *name);
  return {id.inum, name};
}

void NetnsNaming::removed(NetnsId id) {
  names_.forget(id.inum);
  new_.erase(id);
}

} // namespace xs
