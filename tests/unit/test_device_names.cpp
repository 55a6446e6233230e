// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Names of devices are read once a second at most, and dropped with their netns.
#include "../../user/collect/device_names.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace std::chrono_literals;

namespace {

struct Node {
  DeviceNames::Clock::time_point now{100s};
  std::string eth = "eth0";
  int readings = 0;
  DeviceNames devices{[this](uint32_t) {
                        readings++;
                        return DeviceNames::Names{{2, eth}};
                      },
                      [this] { return now; }};

  // What the selector's device of a state in this netns is called.
  std::optional<std::string> name(uint32_t netns, int32_t ifindex = 2) {
    State state;
    state.netns.inum = netns;
    state.sel.emplace();
    state.sel->dev = Device{};
    state.sel->dev->ifindex = ifindex;
    devices.fill(state);
    return state.sel->dev->name;
  }
};

} // namespace

TEST_CASE("a device has its name for a second, then it is asked for again") {
  Node node;
  CHECK(node.name(7) == "eth0");
  CHECK_FALSE(node.name(7, 3));
  node.eth = "wan";
  node.now += 1s;
  CHECK(node.name(7) == "eth0");
  CHECK(node.readings == 1);
  node.now += 1ms;
  CHECK(node.name(7) == "wan");
  CHECK(node.readings == 2);
}

TEST_CASE("another netns with the inode number of one that went has names of its own") {
  Node node;
  CHECK(node.name(7) == "eth0");
  node.eth = "wan";
  node.devices.forget(7);
  CHECK(node.name(7) == "wan");
}

TEST_CASE("netns that come and go are not kept") {
  Node node;
  for (uint32_t netns = 1; netns <= 1000; netns++) {
    node.name(netns);
    node.now += 100ms;
  }
  CHECK(node.devices.size() <= 11);
}
