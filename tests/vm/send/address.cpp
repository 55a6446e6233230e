// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An IPv4 or IPv6 address with a port.
#include "address.hpp"

#include <arpa/inet.h>

#include "args.hpp"

namespace lab {

Address Address::parse(const std::string& text, uint16_t port) {
  Address made;
  if (inet_pton(AF_INET, text.c_str(), &made.v4().sin_addr) == 1) {
    made.storage_.ss_family = AF_INET;
    made.v4().sin_port = htons(port);
    return made;
  }
  made = Address();
  if (inet_pton(AF_INET6, text.c_str(), &made.v6().sin6_addr) != 1)
    throw UsageError("'" + text + "' is neither an IPv4 nor an IPv6 address");
  made.storage_.ss_family = AF_INET6;
  made.v6().sin6_port = htons(port);
  return made;
}

uint16_t Address::port() const {
  return ntohs(is_v6() ? v6().sin6_port : v4().sin_port);
}

std::span<const uint8_t> Address::bytes() const {
  if (is_v6()) return {v6().sin6_addr.s6_addr, 16};
  return {reinterpret_cast<const uint8_t*>(&v4().sin_addr), 4};
}

Address Address::without_port() const {
  Address made = *this;
  if (is_v6())
    made.v6().sin6_port = 0;
  else
    made.v4().sin_port = 0;
  return made;
}

} // namespace lab
