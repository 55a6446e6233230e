// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A netlink socket of XFRM that never receives a key: the kernel cuts each datagram before it arrives. It joins no
// group: the kernel would take a listener on ACQUIRE for a key manager.
#pragma once

#include "fd.hpp"
#include "result.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace xs {

// Numbers of objects in one or more netns.
struct XfrmCounts {
  uint64_t states = 0;
  uint64_t policies = 0; // those of sockets included
};

class XfrmSocket {
public:
  // A socket in the netns of the calling thread. Loads module xfrm_user if it is missing.
  static Result<XfrmSocket> open();

  // Makes the kernel dump all objects of XFRM_MSG_GETSA or XFRM_MSG_GETPOLICY, and discards them. After a failure the
  // socket must not be used again.
  Status walk(uint16_t type);
  Result<XfrmCounts> count();

private:
  explicit XfrmSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  uint32_t sequence_ = 0;

  Status cut_to(uint32_t bytes);
  Status send(uint16_t type, uint16_t flags);
  // The next message that answers the last request, as far as it is let through.
  Result<std::span<const uint8_t>> receive(std::span<uint8_t> room);
  Result<std::span<const uint8_t>> ask(uint16_t type, std::span<uint8_t> room);
};

// Pure. The counts in answers to XFRM_MSG_GETSADINFO and XFRM_MSG_GETSPDINFO; none: not such an answer.
std::optional<uint64_t> states_in(std::span<const uint8_t> answer);
std::optional<uint64_t> policies_in(std::span<const uint8_t> answer);

} // namespace xs
