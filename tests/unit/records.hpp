// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Makes records as the BPF programs send them.
#pragma once

#include "../../user/collect/netns_id.hpp"
#include "../../user/model/records.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <span>
#include <string_view>

namespace xs::test {

// Into a field of a record: no NUL is added.
template <size_t size> void put(char (&field)[size], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), size));
}

inline packet_id identity(int family, const char* src, const char* dst, uint8_t proto, uint32_t spi = 0) {
  packet_id id{};
  inet_pton(family, src, id.saddr);
  inet_pton(family, dst, id.daddr);
  id.family = family == AF_INET6 ? 6 : 4;
  id.proto = proto;
  id.spi = htonl(spi);
  return id;
}

inline error_key key(NetnsId netns, uint16_t counter, uint32_t spi = 0) {
  return {.id = identity(AF_INET, "192.0.2.1", "192.0.2.2", 50, spi),
          .netns = netns.inum,
          .site = 0,
          .counter = counter,
          .born_ns = netns.born_ns};
}

// An event whose row had `row_count` with it.
inline error_record error(const error_key& key, uint64_t row_count, uint64_t amount = 1) {
  error_record e{};
  e.header.kind = RECORD_ERROR;
  e.key = key;
  e.row_count = row_count;
  e.amount = amount;
  return e;
}

template <class T> std::span<const uint8_t> bytes_of(const T& record) {
  return {reinterpret_cast<const uint8_t*>(&record), sizeof(T)};
}

} // namespace xs::test
