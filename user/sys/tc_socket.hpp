// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes the kernel dump qdiscs, classes, filters and attached programs.
#pragma once

#include "fd.hpp"
#include "result.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace xs {

class TcSocket {
public:
  using Take = std::function<void(std::span<const uint8_t> message)>;
  // A socket in the netns of the calling thread.
  static Result<TcSocket> open();
  // Dumps what RTM_GETQDISC, RTM_GETTCLASS or RTM_GETTFILTER gives for a device (0: all) and a parent; nothing for a
  // device that is gone. After a failure the socket must not be used again.
  Status walk(uint16_t type, int32_t ifindex, uint32_t parent, const Take& take = {});

private:
  explicit TcSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  uint32_t sequence_ = 0;
  Status send(uint16_t type, int32_t ifindex, uint32_t parent);
};

// Makes the kernel list the programs of a device's tcx and netkit hooks, and skips hooks that the kernel or the device
// lacks.
Status query_programs(uint32_t ifindex);

// Pure. Takes the messages of a datagram that answer the request with this sequence number; true: the last one is among
// them. A kernel without tc, or a device that is gone, answers with an error, which means an empty list.
Result<bool> take_messages(std::span<const uint8_t> packet, uint32_t sequence, const TcSocket::Take& take);

} // namespace xs
