// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Accesses map rows through libbpf, at a real-time priority.
#include "map_row.hpp"
#include "unpreempted.hpp"

namespace xs {

int look_up_row(int map, const void* key, void* row) {
  const Unpreempted reading;
  return bpf_map_lookup_elem(map, key, row);
}

int update_row(int map, const void* key, const void* row, __u64 flags) {
  const Unpreempted writing;
  return bpf_map_update_elem(map, key, row, flags);
}

int delete_row(int map, const void* key) {
  const Unpreempted deleting;
  return bpf_map_delete_elem(map, key);
}

} // namespace xs
