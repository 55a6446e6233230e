// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A netlink socket of XFRM that no key comes through: the kernel cuts each message before it arrives. It joins no
// group: a listener on ACQUIRE would be taken for a key manager, and change what the kernel does.
#pragma once

#include "fd.hpp"
#include "result.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace xs {

// Objects of one or more netns.
struct XfrmCounts {
  uint64_t states = 0;
  uint64_t policies = 0; // those of sockets included
};

class XfrmSocket {
public:
  // In the netns of the calling thread. Loads module xfrm_user if it is missing.
  static Result<XfrmSocket> open();

  // Has the kernel walk all objects that an XFRM_MSG_GETSA or XFRM_MSG_GETPOLICY asks for, and takes nothing of them.
  // After a failure the socket is of no further use.
  Status walk(uint16_t type);
  Result<XfrmCounts> count();

private:
  explicit XfrmSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  uint32_t sequence_ = 0;

  Status cut_to(uint32_t bytes);
  Status send(uint16_t type, uint16_t flags);
  // The next message that answers the last one sent, as far as it is let through.
  Result<std::span<const uint8_t>> receive(std::span<uint8_t> room);
  Result<std::span<const uint8_t>> ask(uint16_t type, std::span<uint8_t> room);
};

// Pure. What the answers to XFRM_MSG_GETSADINFO and XFRM_MSG_GETSPDINFO say; none: not such an answer.
std::optional<uint64_t> states_in(std::span<const uint8_t> answer);
std::optional<uint64_t> policies_in(std::span<const uint8_t> answer);

} // namespace xs
