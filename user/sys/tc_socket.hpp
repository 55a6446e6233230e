// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Asks the kernel to list what tc has.
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
  // In the netns of the calling thread.
  static Result<TcSocket> open();
  // Lists all that RTM_GETQDISC, RTM_GETTCLASS or RTM_GETTFILTER gives of a device (0: all) and a parent. A device
  // that went meanwhile has nothing. After a failure the socket is of no further use.
  Status walk(uint16_t type, int32_t ifindex, uint32_t parent, const Take& take = {});

private:
  explicit TcSocket(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  uint32_t sequence_ = 0;
  Status send(uint16_t type, int32_t ifindex, uint32_t parent);
};

// Has the kernel list the programs of a device's tcx and netkit hooks; what the kernel or the device has not, is passed
// over.
Status query_programs(uint32_t ifindex);

// Pure. Takes the messages of one packet that answer the request of this number; true: the last one is among them. A
// kernel without tc, and a device that went, answer with an error that stands for an empty list.
Result<bool> take_messages(std::span<const uint8_t> packet, uint32_t sequence, const TcSocket::Take& take);

} // namespace xs
