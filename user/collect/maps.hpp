// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Walks BPF hash maps.
#pragma once

#include "../sys/unpreempted.hpp"

#include <bpf/bpf.h>
#include <vector>

namespace xs {

// Every row of a hash map that other processors may be changing: each row that stays is met at least once.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_rows(int fd) {
  const Unpreempted reading;
  std::vector<std::pair<Key, Row>> out;
  Key key{}, *previous = nullptr;
  for (Key next{}; bpf_map_get_next_key(fd, previous, &next) == 0; previous = &key) {
    key = next;
    Row row{};
    if (bpf_map_lookup_elem(fd, &key, &row) == 0) out.emplace_back(key, row);
  }
  return out;
}

} // namespace xs
