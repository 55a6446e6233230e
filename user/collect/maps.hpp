// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads BPF hash maps.
#pragma once

#include "../sys/unpreempted.hpp"

#include <bpf/bpf.h>
#include <cerrno>
#include <vector>

namespace xs {

// The rows of a hash map for which `wanted(key, row)` is true. Other CPUs may change the map meanwhile: each row that
// stays is read once. `error` is set to an errno if the kernel refuses; what was read until then is returned. Reads in
// batches: one call per row costs five times as much.
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
    if (!more && errno == ENOSPC && keys.size() < kMostInBucket) { // one bucket has more
      keys.resize(2 * keys.size());
      rows.resize(keys.size());
      continue;
    }
    if (!more && errno != ENOENT) { // ENOENT: the end of the map
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

// The same, for callers that do not report errors.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd) {
  int error = 0;
  return read_rows<Key, Row>(fd, error);
}

} // namespace xs
