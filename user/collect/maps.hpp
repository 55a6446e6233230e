// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walks BPF hash maps.
#pragma once

#include "../sys/unpreempted.hpp"

#include <bpf/bpf.h>
#include <cerrno>
#include <vector>

namespace xs {

// Every row of a hash map that other processors may be changing: each row that stays is met at least once. `error` is
// set to an errno where the kernel refuses to tell; what was read until then is given.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd, int& error) {
  const Unpreempted reading;
  std::vector<std::pair<Key, Row>> out;
  Key key{}, *previous = nullptr;
  Key next{};
  for (; bpf_map_get_next_key(fd, previous, &next) == 0; previous = &key) {
    key = next;
    Row row{};
    if (bpf_map_lookup_elem(fd, &key, &row) == 0)
      out.emplace_back(key, row);
    else if (errno != ENOENT) // it was there a moment ago
      error = errno;
  }
  if (errno != ENOENT) error = errno; // this is how a walk ends
  return out;
}

// The same, where what cannot be read is told elsewhere.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd) {
  int error = 0;
  return read_rows<Key, Row>(fd, error);
}

} // namespace xs
