// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An IPv4 or IPv6 address with a port.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace lab {

class Address {
public:
  /// Throws UsageError if the text is no address. The port is in host order.
  static Address parse(const std::string& text, uint16_t port = 0);

  int family() const { return storage_.ss_family; }
  bool is_v6() const { return family() == AF_INET6; }
  uint16_t port() const;
  /// The address' 4 or 16 bytes, in network order.
  std::span<const uint8_t> bytes() const;
  /// The same address without a port, as raw sockets want it.
  Address without_port() const;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return is_v6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

private:
  sockaddr_in& v4() { return reinterpret_cast<sockaddr_in&>(storage_); }
  sockaddr_in6& v6() { return reinterpret_cast<sockaddr_in6&>(storage_); }
  const sockaddr_in& v4() const { return reinterpret_cast<const sockaddr_in&>(storage_); }
  const sockaddr_in6& v6() const { return reinterpret_cast<const sockaddr_in6&>(storage_); }

  sockaddr_storage storage_{};
};

} // namespace lab
