// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A refusal by the kernel is not an empty list.
#include "../../user/sys/devices.hpp"
#include "../../user/sys/tc_socket.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <future>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/resource.h>
#include <vector>

using namespace xs;

namespace {

constexpr uint32_t kSequence = 7;

std::vector<uint8_t> message(uint16_t type, uint32_t sequence, int32_t payload) {
  const nlmsghdr header{sizeof(nlmsghdr) + sizeof(payload), type, 0, sequence, 0};
  std::vector<uint8_t> out(header.nlmsg_len);
  std::copy_n(reinterpret_cast<const uint8_t*>(&header), sizeof(header), out.begin());
  std::copy_n(reinterpret_cast<const uint8_t*>(&payload), sizeof(payload), out.begin() + sizeof(header));
  return out;
}

std::vector<uint8_t> both(std::vector<uint8_t> first, const std::vector<uint8_t>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Result<bool> take(const std::vector<uint8_t>& packet, size_t* taken = nullptr) {
  return take_messages(packet, kSequence, [&](std::span<const uint8_t>) {
    if (taken) ++*taken;
  });
}

} // namespace

TEST_CASE("a list ends with its end, and has what stands before it") {
  size_t taken = 0;
  CHECK(take(message(RTM_NEWQDISC, kSequence, 0), &taken) == false);
  CHECK(taken == 1);
  CHECK(take(both(message(RTM_NEWQDISC, kSequence, 0), message(NLMSG_DONE, kSequence, 0)), &taken) == true);
  CHECK(taken == 2);
  CHECK(take(message(NLMSG_DONE, kSequence - 1, -EPERM), &taken) == false); // of another request
  CHECK(taken == 2);
}

TEST_CASE("what the kernel refuses to list is not empty; what it does not have, is") {
  for (const uint16_t type : {NLMSG_ERROR, NLMSG_DONE}) {
    for (const int error : {EPERM, ENOMEM, EINVAL, EMSGSIZE})
      CHECK_FALSE(take(message(type, kSequence, -error)));
    for (const int nothing : {0, EOPNOTSUPP, ENODEV, ENOENT})
      CHECK(take(message(type, kSequence, -nothing)) == true);
  }
  CHECK(take(message(NLMSG_ERROR, kSequence, -EPERM)).error().text ==
        "the kernel refuses to list it: Operation not permitted");
}

TEST_CASE("an answer that is cut off is no whole one") {
  auto packet = message(RTM_NEWQDISC, kSequence, 0);
  packet.resize(packet.size() - 1);
  CHECK_FALSE(take(packet));
}

TEST_CASE("where devices cannot be listed, that is told, and nothing falls over") {
  REQUIRE(list_devices());
  CHECK_FALSE(list_devices()->empty()); // "lo" at least
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0); // for the netlink socket that it takes
  const auto devices = list_devices();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(devices);
  CHECK(devices.error().text == "cannot list the network devices: Too many open files");
}
