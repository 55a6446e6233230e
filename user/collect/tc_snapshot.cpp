// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Dumps devices, qdiscs, classes and filters.
#include "tc_snapshot.hpp"
#include "../model/records.hpp"
#include "../sys/devices.hpp"
#include "../sys/tc_socket.hpp"

#include <algorithm>
#include <cstring>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <set>

namespace xs {
namespace {

// The devices that have classes, which can have filters of their own; few do.
std::set<int32_t> devices_of(const std::vector<TcPlace>& places) {
  std::set<int32_t> out;
  for (const TcPlace& place : places)
    if (place.parent && place.parent >> 16 != TC_INGRESS >> 16) out.insert(place.ifindex);
  return out;
}

Status add_classes(TcSocket& socket, std::vector<TcPlace>& places) {
  for (const int32_t ifindex : devices_of(places)) {
    const auto take = [&](std::span<const uint8_t> message) {
      for (const TcPlace& place : places_in(message))
        if (std::ranges::find(places, place) == places.end()) places.push_back(place);
    };
    if (Status walked = socket.walk(RTM_GETTCLASS, ifindex, 0, take); !walked) return walked;
  }
  return {};
}

Status query_all_programs() {
  const auto devices = list_devices();
  if (!devices) return tl::unexpected(devices.error());
  for (const auto& [ifindex, name] : *devices)
    if (Status asked = query_programs(ifindex); !asked) return asked;
  return {};
}

} // namespace

std::vector<TcPlace> places_in(std::span<const uint8_t> message) {
  nlmsghdr header{};
  tcmsg tc{};
  if (message.size() < sizeof(header) + sizeof(tc)) return {};
  std::memcpy(&header, message.data(), sizeof(header));
  std::memcpy(&tc, message.data() + sizeof(header), sizeof(tc));
  if (header.nlmsg_type != RTM_NEWQDISC && header.nlmsg_type != RTM_NEWTCLASS) return {};
  if (tc.tcm_parent == TC_H_INGRESS) return {{tc.tcm_ifindex, TC_INGRESS}, {tc.tcm_ifindex, TC_EGRESS}};
  if (!tc.tcm_handle && tc.tcm_parent != TC_H_ROOT) return {};
  return {{tc.tcm_ifindex, tc.tcm_handle}};
}

Status walk_tc() {
  auto socket = TcSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  std::vector<TcPlace> places;
  const auto take = [&](std::span<const uint8_t> message) {
    for (const TcPlace& place : places_in(message))
      places.push_back(place);
  };
  if (Status walked = socket->walk(RTM_GETQDISC, 0, 0, take); !walked) return walked;
  if (Status walked = add_classes(*socket, places); !walked) return walked;
  for (const TcPlace& place : places)
    if (Status walked = socket->walk(RTM_GETTFILTER, place.ifindex, place.parent); !walked) return walked;
  return query_all_programs();
}

} // namespace xs
