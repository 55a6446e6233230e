// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps the counts that printed lines stand for.
#include "ledger.hpp"

#include <algorithm>

namespace xs {
namespace {

std::string bytes(const error_key& key) {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

} // namespace

uint64_t Ledger::settle(const error_record& e) {
  if (e.row_count) return settle(e.key, e.row_count);
  printed_[netns_id(e.key)][static_cast<uint8_t>(e.key.counter)] += e.amount;
  return e.amount;
}

uint64_t Ledger::settle(const error_key& key, uint64_t row_count) {
  uint64_t& settled = rows_[netns_id(key)][bytes(key)];
  if (row_count <= settled) return 0;
  const uint64_t n = row_count - settled;
  settled = row_count;
  printed_[netns_id(key)][static_cast<uint8_t>(key.counter)] += n;
  return n;
}

// Most increments stand for one packet each: if all did, nothing is stored.
std::optional<uint64_t> Ledger::settle_packets(const error_key& key, uint64_t row_packets, uint64_t row_count,
                                               uint64_t n) {
  if (!row_packets) return {};
  if (row_packets == row_count) return n;
  uint64_t& settled = packets_[netns_id(key)].try_emplace(bytes(key), row_count - n).first->second;
  const uint64_t packets = row_packets - std::min(settled, row_packets);
  settled = std::max(settled, row_packets);
  return packets;
}

void Ledger::settled_packets(const error_key& key, uint64_t row_packets) {
  uint64_t& settled = packets_[netns_id(key)][bytes(key)];
  settled = std::max(settled, row_packets);
}

bool Ledger::settled(const error_key& key, uint64_t row_count) const {
  const auto of_netns = rows_.find(netns_id(key));
  if (of_netns == rows_.end()) return !row_count;
  const auto row = of_netns->second.find(bytes(key));
  return row_count <= (row == of_netns->second.end() ? 0 : row->second);
}

uint64_t Ledger::settle_total(NetnsId netns, uint8_t counter, uint64_t total) {
  uint64_t& settled = printed_[netns][counter];
  if (total <= settled) return 0;
  const uint64_t n = total - settled;
  settled = total;
  return n;
}

uint64_t Ledger::printed(NetnsId netns, uint8_t counter) const {
  const auto counters = printed_.find(netns);
  if (counters == printed_.end()) return 0;
  const auto it = counters->second.find(counter);
  return it == counters->second.end() ? 0 : it->second;
}

void Ledger::forget(NetnsId netns) {
  rows_.erase(netns);
  packets_.erase(netns);
  printed_.erase(netns);
}

} // namespace xs
