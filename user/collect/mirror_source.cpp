// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads rows of the mirror, which BPF programs may be writing, and the objects behind them.
#include "mirror_source.hpp"
#include "../decode/mirror.hpp"
#include "../sys/map_row.hpp"
#include "settled.hpp"
#include "snapshot.hpp"

#include <algorithm>
#include <fcntl.h>
#include <set>

namespace xs {
namespace {

// All rows, each read consistently. `torn`: rows that were being written at every attempt.
template <class Key, class Row>
Result<std::vector<std::pair<Key, Row>>> read_all(const Fd& map, const char* name, size_t& torn) {
  auto rows = read_pinned<Key, Row>(map, name);
  if (!rows) return rows;
  std::vector<std::pair<Key, Row>> out;
  for (const auto& [key, row] : *rows) {
    Row settled{};
    const Settled read =
        read_settled([&, &at = key](Row& into) { return look_up_row(map.get(), &at, &into); }, settled);
    if (read == Settled::refused) return unread(name, errno);
    if (read == Settled::whole) out.emplace_back(key, settled);
    torn += read == Settled::torn;
  }
  return out;
}

// Adds the number of rows that are not shown to what is not known.
std::string with_torn(std::string problem, size_t torn) {
  if (!torn) return problem;
  return fmt::format("{} {} just being changed and {} not shown: ask again{}{}", torn, torn == 1 ? "was" : "were",
                     torn == 1 ? "is" : "are", problem.empty() ? "" : "; ", problem);
}

} // namespace

MirrorSource MirrorSource::of_run(PinnedMaps maps) {
  return MirrorSource(std::move(maps), {});
}

Status MirrorSource::load_reader() {
  TracerOptions options;
  options.mirror_only = true;
  options.states = maps_.states.get();
  options.policies = maps_.policies.get();
  auto reader = Tracer::load(options);
  if (!reader) return tl::unexpected(reader.error());
  reader_ = std::move(*reader);
  return {};
}

Result<MirrorSource> MirrorSource::own(KernelMemory& memory, std::vector<std::string>& problems) {
  if (const Status netlink = load_xfrm_user(); !netlink) problems.push_back(netlink.error().text);
  const auto found = find_for_mirror(memory);
  if (!found) return tl::unexpected(found.error());
  std::set<uint32_t> inums;
  for (const LiveNetns& ns : found->netns)
    if (!ns.dying) inums.insert(ns.inum);
  const XfrmCounts there = count_objects(inums);
  TracerOptions options;
  options.mirror_only = true;
  std::ranges::copy_if(found->hooks, std::back_inserter(options.hooks),
                       [](const Hook& h) { return h.spec->part != MirrorPart::netns; });
  options.per_cpu_offsets = found->per_cpu.offsets;
  options.preempt_count_at = found->per_cpu.preempt_count;
  options.growing = found->growing_maps;
  options.types = types_for_programs(*found);
  const MirrorRows rows = mirror_rows(there, 0, options.growing);
  options.max_states = rows.states;
  options.max_policies = rows.policies;
  auto tracer = Tracer::load(options);
  if (!tracer) return tl::unexpected(tracer.error());
  for (std::string& p : tracer->attach_hooks({}))
    problems.push_back(std::move(p));
  for (const SnapshotGap& gap : snapshot(inums))
    problems.push_back(gap.text);
  const auto map = [&](const char* name) { return Fd(fcntl(tracer->map_fd(name), F_DUPFD_CLOEXEC, 0)); };
  PinnedMaps maps;
  maps.states = map("states");
  maps.policies = map("policies");
  maps.deleted = map("deleted");
  maps.tc = map("tc");
  maps.lost = map("lost");
  return MirrorSource(std::move(maps), std::move(*tracer));
}

// A sentence if the kernel's objects cannot be read; else empty.
std::string MirrorSource::need_reader() {
  const Status able = reader_ ? Status{} : load_reader();
  return able ? "" : fmt::format("what the kernel counts is not known or old: {}", able.error().text);
}

// A state whose object cannot be read is just being removed.
Result<std::vector<std::pair<uint64_t, state_reading>>> MirrorSource::states(std::string& problem) {
  size_t torn = 0;
  const auto rows = read_all<uint64_t, state_kept>(maps_.states, "states", torn);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::pair<uint64_t, state_reading>> out;
  problem = with_torn(need_reader(), torn);
  for (const auto& [address, row] : *rows) {
    auto reading = reader_ ? reader_->read_state(address) : std::nullopt;
    out.emplace_back(address, reading ? *reading : state_reading{whole_row(row), {}});
  }
  return out;
}

// A policy that is just being removed may lack templates.
Result<std::vector<std::pair<uint64_t, policy_row>>> MirrorSource::policies(std::string& problem) {
  size_t torn = 0;
  const auto rows = read_all<uint64_t, policy_kept>(maps_.policies, "policies", torn);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::pair<uint64_t, policy_row>> out;
  problem = with_torn(need_reader(), torn);
  for (const auto& [address, row] : *rows) {
    auto reading = reader_ ? reader_->read_policy(address) : std::nullopt;
    out.emplace_back(address, reading ? *reading : whole_row(row));
  }
  return out;
}

Result<std::vector<state_row>> MirrorSource::deleted(std::string& problem) {
  size_t torn = 0;
  const auto rows = read_all<uint32_t, state_row>(maps_.deleted, "deleted", torn);
  if (!rows) return tl::unexpected(rows.error());
  problem = with_torn({}, torn);
  std::vector<state_row> out;
  for (const auto& [key, row] : *rows)
    out.push_back(row);
  return out;
}

Result<uint64_t> MirrorSource::lost(uint32_t kind) const {
  uint64_t n = 0;
  if (look_up_row(maps_.lost.get(), &kind, &n)) return unread("lost", errno);
  return n;
}

std::string MirrorSource::lack(uint32_t kind, const char* what) const {
  const auto full = lost(kind), other = lost(LOST_MIRROR);
  if (!full || !other) return fmt::format("it may be incomplete: {}", (full ? other : full).error().text);
  if (*full)
    return fmt::format("incomplete: {} found no room {} times; start xfrm-snap with a larger --max-states", what,
                       *full);
  if (*other) return fmt::format("incomplete: {} changes could not be entered", *other);
  return {};
}

Result<std::vector<std::pair<tc_row, std::optional<tc_reading>>>> MirrorSource::tc(std::string& problem) {
  size_t torn = 0;
  const auto rows = read_all<tc_key, tc_row>(maps_.tc, "tc", torn);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::pair<tc_row, std::optional<tc_reading>>> out;
  problem = with_torn(need_reader(), torn);
  for (const auto& [key, row] : *rows) {
    const uint64_t qdisc = row.program.what == TC_QDISC ? row.program.object : 0;
    out.emplace_back(row, reader_ && row.dev ? reader_->read_tc(row.dev, qdisc) : std::nullopt);
  }
  return out;
}

} // namespace xs
