// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Enters each netns and makes the kernel dump its objects.
#include "snapshot.hpp"
#include "../sys/netns_handles.hpp"
#include "tc_snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <linux/xfrm.h>
#include <thread>

namespace xs {
namespace {

Status walk_once(std::initializer_list<uint16_t> types) {
  auto socket = XfrmSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  for (const uint16_t type : types)
    if (Status walked = socket->walk(type); !walked) return walked;
  return {};
}

// Retries after a shortage of memory, which passes.
Status walk(std::initializer_list<uint16_t> types) {
  constexpr int kTries = 5;
  Status walked = walk_once(types);
  for (int tries = 1; !walked && tries < kTries; tries++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    walked = walk_once(types);
  }
  return walked;
}

// Policies first: their messages are small, and from the second dump on the kernel allocates room for large ones.
Status walk_all() {
  return walk({XFRM_MSG_GETPOLICY, XFRM_MSG_GETSA});
}

SnapshotGap gap(uint32_t inum, const std::string& why) {
  return {inum,
          fmt::format("states and policies of netns {} that were there before the start are not known: {}", inum, why)};
}

} // namespace

Status load_xfrm_user() {
  const auto socket = XfrmSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return {};
}

MirrorRows mirror_rows(const XfrmCounts& there, uint32_t asked, bool growing) {
  constexpr uint64_t kMost = 10'000'000;
  if (asked) return {asked, asked};
  const auto rows = [&](uint64_t n, uint64_t least) {
    const uint64_t wanted = growing ? std::max(2 * n, 8 * least) : n + std::max(n / 4, least);
    return static_cast<uint32_t>(std::min(wanted, kMost));
  };
  return {rows(there.states, 16384), rows(there.policies, 4096)};
}

XfrmCounts count_objects(const std::set<uint32_t>& inums) {
  XfrmCounts sum;
  inside_each(inums, Search::quick, [&](uint32_t, const Status& entered) {
    auto socket = entered ? XfrmSocket::open() : tl::unexpected(entered.error());
    const auto counts = socket ? socket->count() : tl::unexpected(socket.error());
    if (!counts) return;
    sum.states += counts->states;
    sum.policies += counts->policies;
  });
  return sum;
}

std::vector<SnapshotGap> snapshot(const std::set<uint32_t>& inums) {
  std::vector<SnapshotGap> gaps;
  const auto visit = [&](uint32_t inum, const Status& entered) {
    const Status walked = entered ? walk_all() : entered;
    if (!walked) gaps.push_back(gap(inum, walked.error().text));
    const Status tc = entered ? walk_tc() : entered;
    if (walked && !tc)
      gaps.push_back({inum, fmt::format("what tc has in netns {} since before the start is not known: {}", inum,
                                        tc.error().text)});
  };
  for (const uint32_t inum : inside_each(inums, Search::thorough, visit))
    gaps.push_back(gap(inum, "no process, name or open file leads to it"));
  return gaps;
}

std::vector<SnapshotGap> list_policies(const std::set<uint32_t>& inums) {
  std::vector<SnapshotGap> gaps;
  const auto missed = [&](uint32_t inum, const std::string& why) {
    gaps.push_back({inum, fmt::format("migrated policies of netns {} could not be read again: {}", inum, why)});
  };
  const auto visit = [&](uint32_t inum, const Status& entered) {
    const Status walked = entered ? walk({XFRM_MSG_GETPOLICY}) : entered;
    if (!walked) missed(inum, walked.error().text);
  };
  for (const uint32_t inum : inside_each(inums, Search::thorough, visit))
    missed(inum, "no process, name or open file leads to it");
  return gaps;
}

} // namespace xs
