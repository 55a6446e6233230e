// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads rows that the kernel side may be writing.
#include "mirror_source.hpp"
#include "maps.hpp"

#include <set>
#include <string_view>

namespace xs {
namespace {

// Looks at a row until it stays the same, and is not being written, from one look to the next. The last look counts
// for a row that never rests.
template <class Key, class Row> bool read_settled(int fd, const Key& key, Row& row) {
  constexpr int kLooks = 16;
  if (bpf_map_lookup_elem(fd, &key, &row)) return false;
  for (int look = 1; look < kLooks; look++) {
    Row again{};
    if (bpf_map_lookup_elem(fd, &key, &again)) return false;
    if (row.version % 2 == 0 && again.version == row.version) return true;
    row = again;
  }
  return true;
}

// Each row once: a walk begins anew where the row it stands on is removed.
template <class Key, class Row> std::vector<std::pair<Key, Row>> read_all(int fd) {
  std::vector<std::pair<Key, Row>> out;
  std::set<std::string_view> met; // keys; they stay where they are in `rows`
  const auto rows = read_rows<Key, Row>(fd);
  for (const auto& [key, row] : rows) {
    const bool fresh = met.emplace(reinterpret_cast<const char*>(&key), sizeof(key)).second;
    if (Row settled{}; fresh && read_settled(fd, key, settled)) out.emplace_back(key, settled);
  }
  return out;
}

} // namespace

std::vector<std::pair<uint64_t, state_row>> PinnedSource::states() {
  return read_all<uint64_t, state_row>(maps_.states.get());
}

std::vector<std::pair<uint64_t, policy_row>> PinnedSource::policies() {
  return read_all<uint64_t, policy_row>(maps_.policies.get());
}

std::vector<state_row> PinnedSource::deleted() {
  std::vector<state_row> out;
  for (auto& [key, row] : read_all<state_key, state_row>(maps_.deleted.get()))
    out.push_back(row);
  return out;
}

} // namespace xs
