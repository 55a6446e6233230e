// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sums a run up: what the kernel counted, what was seen, what was lost.
#include "../model/loss.hpp"
#include "../sys/clock.hpp"
#include "session.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

namespace xs {

static std::string text_of(const Netns& netns) {
  return netns.name.value_or(std::to_string(netns.inum.value_or(0)));
}

// Emits increments that had no row: only their netns and counter are known.
void Session::flush_total(NetnsId netns, uint8_t counter, uint64_t total, uint64_t mono_ns) {
  const uint64_t n = ledger_.settle_total(netns, counter, total);
  if (!n) return;
  error_key key{};
  key.netns = netns.inum;
  key.born_ns = netns.born_ns;
  key.site = SITE_MAX;
  key.counter = counter;
  handlers_.event(event(key, packet{}, mono_ns, n));
}

NetnsResult Session::result(NetnsId id, const std::optional<Difference>& gap, const Counts& seen) {
  return {netns(id), reconcile(gap, seen)};
}

// Calls that have not returned within a second, longer than any hooked function takes.
uint64_t Session::returns_missing() const {
  for (int i = 0; i < 20 && source_.calls_under_way(); i++)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return source_.calls_under_way();
}

uint64_t Session::lost(uint32_t kind) const {
  return read("lost", [&](int& error) { return source_.lost(kind, error); });
}

Summary Session::losses() const {
  Summary out;
  out.lost_ring = lost(LOST_RING);
  out.lost_map_full = lost(LOST_ERRORS_FULL) + lost(LOST_TOTALS_FULL) + lost(LOST_NETNS_FULL);
  out.lost_states = lost(LOST_STATES_FULL);
  out.lost_policies = lost(LOST_POLICIES_FULL);
  out.lost_tc = lost(LOST_TC_FULL);
  out.lost_changes = lost(LOST_CHANGES);
  return out;
}

namespace {

// Why increments were not seen: names the commonest reason if the kernel counts it.
std::string missed_text(uint64_t missed, uint64_t passed_over) {
  constexpr const char* kWhere =
      "a process on their CPU was inside bpf(2), as bpftool map dump and other BPF tools are: "
      "the kernel runs no kprobe's program then";
  if (passed_over) return fmt::format("{} increments were passed over while {}", passed_over, kWhere);
  return fmt::format("{} increments were not seen; this kernel does not count how many of them came while {}", missed,
                     kWhere);
}

} // namespace

void Session::name_problems(Summary& summary) const {
  if (const uint64_t n = missed(summary)) summary.problems.push_back(missed_text(n, passed_over_));
  if (const uint64_t n = lost(LOST_MIRROR))
    summary.problems.push_back(
        fmt::format("{} changes of states, policies or tc could not be entered in the mirror", n));
  for (const auto& [function, n] : missed_by_hooks_)
    summary.problems.push_back(fmt::format("the kernel passed over the hook on {} {} times", function, n));
  if (const uint64_t n = returns_lost_)
    summary.problems.push_back(fmt::format("the returns of {} calls of hooked functions were not seen", n));
  if (const uint64_t n = lost(LOST_NO_SITE))
    summary.problems.push_back(fmt::format("{} events came from an unknown site", n));
  if (const int error = readings_.error()) unread_.insert_or_assign("netns", error);
  for (const auto& [map, error] : unread_) // last, since all reads above may fail
    summary.problems.push_back(fmt::format("cannot read the map {}: {}", map, std::strerror(error)));
}

// Rows may still have a netns that was just removed, whose counts were already reported.
std::vector<NetnsCounters> Session::kernel_counters() {
  std::vector<NetnsCounters> out;
  for (const auto& [mib, row] : netns_rows()) {
    const NetnsId id{row.inum, row.born_ns};
    const auto sampled = source_.sample(mib, row.born_ns);
    if (std::ranges::find(departed_, id) != departed_.end()) continue;
    NetnsCounters counters = sampled ? counters_of({row.inum, {}}, id, *sampled) : NetnsCounters{{}, id.born_ns, {}};
    if (sampled && counters.counters.empty()) continue;
    counters.netns = netns(id);
    out.push_back(std::move(counters));
  }
  return out;
}

size_t Session::netns_count() const {
  return netns_rows().size();
}

std::map<NetnsId, Counts> Session::flush_totals() {
  const auto totals = read("totals", [this](int& error) { return source_.totals(error); });
  for (const auto& [key, row] : totals)
    if (is_loss(static_cast<uint8_t>(key.counter)) && !(key.counter & (AFTER_LIMIT | FILTERED)))
      flush_total(netns_id(key), static_cast<uint8_t>(key.counter), row.count, mono_ns());
  std::map<NetnsId, Counts> seen = counts_of(totals);
  for (const auto& [netns, counts] : seen)
    for (uint8_t c = 1; c < COUNTER_SLOTS; c++)
      if (counts.told[c]) flush_total(netns, c, counts.told[c], mono_ns());
  return seen;
}

Summary Session::finish() {
  receive();
  gone_.emplace();
  readings_.finish();
  returns_lost_ = lost(LOST_RETURNS) + returns_missing(); // before the hooks on returns are detached
  passed_over_ = source_.passed_over();                   // what the kernel skips from now on does not matter
  missed_by_hooks_ = source_.missed_by_hooks();
  source_.detach_all();
  receive_rest();
  flush_rows();
  std::map<NetnsId, Counts> seen = flush_totals();
  std::map<NetnsId, std::optional<Difference>> gaps;
  for (const NetnsId& id : readings_.alive())
    if (!gone_->contains(id)) gaps.emplace(id, readings_.gap(id));
  for (const auto& [id, counts] : seen)
    gaps.try_emplace(id);
  Summary out = losses();
  out.netns = done_.take();
  for (const NetnsId& id : readings_.unread())
    out.problems.push_back(fmt::format("the kernel's counters of netns {} could not be read", text_of(netns(id))));
  for (const auto& [id, gap] : gaps)
    if (NetnsResult r = result(id, gap, seen[id]); !r.counters.empty()) out.netns.push_back(std::move(r));
  name_problems(out);
  out.complete = whole(out);
  return out;
}

} // namespace xs
