// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Samples the counters in rounds, and tracks which netns existed when.
#include "readings.hpp"

#include <cerrno>
#include <set>

namespace xs {
namespace {

Difference subtract(Difference last, const Difference& first) {
  for (size_t c = 0; c < last.value.size(); c++) {
    last.value[c] -= first.value[c];
    last.uncertainty[c] += first.uncertainty[c];
  }
  return last;
}

} // namespace

// From now on the hooks report every netns that is made or removed. One that was removed after it was listed, but
// before it was followed, would stay forever: it is missing in the second list.
Status Readings::track(const List& list) {
  const auto before = list();
  if (!before) return tl::unexpected(before.error());
  for (const LiveNetns& ns : *before) {
    const netns_row row{.inum = ns.inum, .reserved = 0, .born_ns = 0};
    if (!source_.follow(ns.mib, row))
      return fail("cannot tell the kernel about {} netns: {}", before->size(), errno_text());
  }
  const auto after = list();
  if (!after) return tl::unexpected(after.error());
  std::set<uint64_t> alive;
  for (const LiveNetns& ns : *after)
    alive.insert(ns.mib);
  int error = 0;
  const auto rows = source_.netns(error);
  if (error) return fail("cannot read the map netns: {}", errno_text(error));
  for (const auto& [mib, row] : rows)
    if (!row.born_ns && !alive.contains(mib)) source_.forget(mib);
  return {};
}

Status Readings::start(const List& list) {
  if (Status tracked = track(list); !tracked) return tracked;
  opened_ns_ = source_.now_ns();
  source_.open_gate();
  first_ = read([](const Differences&) { return true; });
  if (first_.empty()) return fail("cannot read the kernel's counters of any netns");
  return {};
}

void Readings::finish() {
  last_ = read([this](const Differences& d) { return plausible(d); });
  closed_ns_ = source_.now_ns();
  source_.close_gate();
}

// Reads several times, a moment apart: an event may not have reached the kernel's counter yet, and traffic may make a
// reading uncertain. Usually the third round is the last.
Readings::Differences Readings::read(const std::function<bool(const Differences&)>& settled) {
  constexpr int kLeast = 3, kMost = 50;
  Differences best;
  for (int round = 0; round < kMost; round++) {
    bool clear = true;
    unread_.clear();
    for (const auto& [mib, row] : source_.netns(error_)) {
      const auto sampled = source_.sample(mib, row.born_ns);
      if (!sampled && !best.contains({row.inum, row.born_ns})) unread_.insert({row.inum, row.born_ns});
      if (!sampled) continue;
      const auto [it, fresh] = best.try_emplace({row.inum, row.born_ns}, difference(*sampled));
      if (!fresh) it->second = better(it->second, difference(*sampled));
      clear &= exact(it->second);
    }
    if (round + 1 >= kLeast && clear && unread_.empty() && settled(best)) break;
    source_.pause();
  }
  return best;
}

// More increments than the counter rose by cannot have been seen.
bool Readings::plausible(const Differences& last) const {
  for (const auto& [netns, difference] : last)
    for (const int64_t missed : since_start(netns, difference).value)
      if (missed < 0) return false;
  return true;
}

// A netns made during the run started at zero. An older one that was removed before it was read has no first reading:
// what was missed in its first moment is unknown.
Difference Readings::since_start(NetnsId netns, const Difference& last) const {
  const auto first = first_.find(netns);
  if (first != first_.end()) return subtract(last, first->second);
  return netns.born_ns >= opened_ns_ ? last : Difference{};
}

std::vector<NetnsId> Readings::alive() const {
  std::vector<NetnsId> out;
  for (const auto& [netns, difference] : last_)
    out.push_back(netns);
  return out;
}

Difference Readings::gap(NetnsId netns) const {
  const auto last = last_.find(netns);
  return last == last_.end() ? Difference{} : since_start(netns, last->second);
}

// What the kernel counted after the gate was closed was not missed.
Difference Readings::gap(const netns_gone_record& r) const {
  if (r.header.mono_ns >= closed_ns_) return gap(netns_id(r));
  return since_start(netns_id(r), difference(r.counters));
}

} // namespace xs
