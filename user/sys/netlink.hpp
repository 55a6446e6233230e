// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads netlink messages that may be cut off; docs/architecture.md says why libmnl does not. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <linux/netlink.h>
#include <optional>
#include <span>

namespace xs {

// The value at an offset; zeros if the message ends before it does.
template <class T> T load(std::span<const uint8_t> message, size_t at) {
  T out{};
  if (at + sizeof(T) <= message.size()) std::memcpy(&out, message.data() + at, sizeof(T));
  return out;
}

// The error number of NLMSG_ERROR or NLMSG_DONE, whose payload begins with it, negative, or with 0; none: any other
// message.
inline std::optional<int> final_error(std::span<const uint8_t> message) {
  const uint16_t type = load<nlmsghdr>(message, 0).nlmsg_type;
  if (type != NLMSG_DONE && type != NLMSG_ERROR) return {};
  return -load<int32_t>(message, sizeof(nlmsghdr));
}

} // namespace xs
