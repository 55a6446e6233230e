// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Answers to requests for the numbers of states and policies.
#include "../../user/sys/xfrm_socket.hpp"

#include <doctest/doctest.h>

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <vector>

using namespace xs;

namespace {

template <class T> void append(std::vector<uint8_t>& bytes, const T& value) {
  const auto* data = reinterpret_cast<const uint8_t*>(&value);
  bytes.insert(bytes.end(), data, data + sizeof(value));
}

template <class T> void append_attribute(std::vector<uint8_t>& bytes, uint16_t type, const T& value) {
  append(bytes, nlattr{sizeof(nlattr) + sizeof(value), type});
  append(bytes, value);
}

std::vector<uint8_t> begin(uint16_t type) {
  std::vector<uint8_t> out;
  append(out, nlmsghdr{0, type, 0, 1, 0});
  append(out, uint32_t{0}); // flags
  return out;
}

std::vector<uint8_t> finish(std::vector<uint8_t> message) {
  reinterpret_cast<nlmsghdr*>(message.data())->nlmsg_len = static_cast<uint32_t>(message.size());
  return message;
}

} // namespace

TEST_CASE("the number of states, wherever its attribute stands") {
  auto answer = begin(XFRM_MSG_NEWSADINFO);
  append_attribute(answer, XFRMA_SAD_HINFO, xfrmu_sadhinfo{8, 1024});
  append_attribute(answer, XFRMA_SAD_CNT, uint32_t{3000});
  CHECK(states_in(finish(answer)) == 3000);
  CHECK(policies_in(finish(answer)) == std::nullopt);
}

TEST_CASE("policies of sockets count as well") {
  auto answer = begin(XFRM_MSG_NEWSPDINFO);
  append_attribute(answer, XFRMA_SPD_INFO, xfrmu_spdinfo{1, 20, 300, 4000, 50000, 600000});
  append_attribute(answer, XFRMA_SPD_HINFO, xfrmu_spdhinfo{8, 1024});
  CHECK(policies_in(finish(answer)) == 654321);
  CHECK(states_in(finish(answer)) == std::nullopt);
}

TEST_CASE("an answer that is cut off or broken says nothing") {
  auto answer = begin(XFRM_MSG_NEWSADINFO);
  append_attribute(answer, XFRMA_SAD_CNT, uint32_t{3000});
  answer = finish(answer);
  for (size_t size = 0; size < answer.size(); size++)
    CHECK(states_in(std::span(answer).first(size)) == std::nullopt);
  answer[20] = 3; // an attribute shorter than its own header
  CHECK(states_in(answer) == std::nullopt);
}
