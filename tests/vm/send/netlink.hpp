// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Messages to the kernel's XFRM over netlink.
#pragma once

#include <cstdint>

#include <linux/xfrm.h>

#include "address.hpp"
#include "args.hpp"
#include "packet.hpp"
#include "socket.hpp"

namespace lab {

xfrm_address_t xfrm_address(const Address& from);

/// Neither bytes nor packets are limited.
xfrm_lifetime_cfg unlimited();

/// XFRM_MODE_* of mode= (transport).
uint8_t mode_of(const Args& args);

/// What src=, dst=, spi=, reqid= (0) and mode= say of an ESP state.
xfrm_usersa_info state_of(const Args& args);

/// One message under construction: its header, a fixed part, then attributes.
class Message {
public:
  template <class Fixed> Message(uint16_t type, uint16_t flags, const Fixed& fixed) : Message(type, flags) {
    append(&fixed, sizeof(fixed));
  }
  template <class Value> Message& with(uint16_t attribute, const Value& value) {
    return with(attribute, &value, sizeof(value));
  }
  Message& with(uint16_t attribute, const void* data, size_t size);
  /// Its bytes, padded.
  const Bytes& bytes() const { return bytes_; }

private:
  Bytes bytes_;
  Message(uint16_t type, uint16_t flags);
  void append(const void* data, size_t size);
};

/// Adds an algorithm (XFRMA_ALG_CRYPT, XFRMA_ALG_AEAD with icv_bits, XFRMA_ALG_AUTH_TRUNC with icv_bits).
void add_algorithm(Message& message, uint16_t attribute, const std::string& name, const Bytes& key,
                   uint32_t icv_bits = 0);

/// Sends a message and waits for the kernel's acknowledgement; throws SystemError with `tried` if it refuses.
void request(const Message& message, const char* tried);

} // namespace lab
