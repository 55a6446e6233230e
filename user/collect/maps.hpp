// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walks BPF hash maps.
#pragma once

#include "../sys/unpreempted.hpp"

#include <bpf/bpf.h>
#include <cerrno>
#include <vector>

namespace xs {

// The rows of a hash map that other processors may be changing for which `wanted(key, row)` is true: each row that
// stays is met once. `error` is set to an errno where the kernel refuses to tell; what was read until then is given. In
// batches: a call of its own for each row costs five times as much.
template <class Key, class Row, class Wanted>
std::vector<std::pair<Key, Row>> read_rows_if(int fd, int& error, const Wanted& wanted) {
  constexpr size_t kBatch = 512, kMostInBucket = 1 << 20;
  std::vector<std::pair<Key, Row>> out;
  std::vector<Key> keys(kBatch);
  std::vector<Row> rows(kBatch);
  for (uint32_t bucket = 0;;) {
    uint32_t next = 0, count = static_cast<uint32_t>(keys.size());
    const bool more = [&] {
      const Unpreempted reading;
      return !bpf_map_lookup_batch(fd, &bucket, &next, keys.data(), rows.data(), &count, nullptr);
    }();
    if (!more && errno == ENOSPC && keys.size() < kMostInBucket) { // there are more in one bucket
      keys.resize(2 * keys.size());
      rows.resize(keys.size());
      continue;
    }
    if (!more && errno != ENOENT) { // this is how a walk ends
      error = errno;
      return out;
    }
    for (uint32_t i = 0; i < count; i++)
      if (wanted(keys[i], rows[i])) out.emplace_back(keys[i], rows[i]);
    if (!more) return out;
    bucket = next;
  }
}

inline constexpr auto kEveryRow = [](const auto&, const auto&) { return true; };

template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd, int& error) {
  return read_rows_if<Key, Row>(fd, error, kEveryRow);
}

// The same, where what cannot be read is told elsewhere.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd) {
  int error = 0;
  return read_rows<Key, Row>(fd, error);
}

} // namespace xs
