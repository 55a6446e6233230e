// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The command `show`: states, policies, tombstones and tc as a running xfrm-snap has them, netns by netns.
#include "commands.hpp"
#include "output.hpp"

#include "../collect/device_names.hpp"
#include "../collect/mirror_source.hpp"
#include "../collect/netns_id.hpp"
#include "../collect/pins.hpp"
#include "../collect/requirements.hpp"
#include "../decode/mirror.hpp"
#include "../decode/tc.hpp"
#include "../render/mirror_json.hpp"
#include "../render/tc_json.hpp"
#include "../render/tc_text.hpp"
#include "../render/xfrm_block.hpp"
#include "../sys/clock.hpp"
#include "../sys/netns_names.hpp"
#include "../sys/netns_words.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace xs {
namespace {

int refuse(const Error& error) {
  complain(error.text);
  return 1;
}

// No run exists whose mirror could be shown: takes a snapshot.
Result<MirrorSource> own_mirror(const Options& options) {
  if (options.table == Table::deleted)
    return fail("no xfrm-snap runs, and nobody else knows what was deleted: start one, and ask again");
  if (const Status able = first_failure(judge(look_at_node())); !able) return tl::unexpected(able.error());
  auto memory = KernelMemory::open();
  if (!memory) return tl::unexpected(memory.error());
  std::vector<std::string> problems;
  auto mirror = MirrorSource::own(*memory, problems);
  for (const std::string& p : problems)
    complain(p);
  return mirror;
}

Result<MirrorSource> find_mirror(const Options& options) {
  auto maps = open_pinned(options.pin.value_or(kPinDir));
  if (!maps) return tl::unexpected(maps.error());
  if (!*maps) return own_mirror(options);
  return MirrorSource::of_run(std::move(**maps));
}

// What `tc qdisc show` lists: neither TCQ_F_BUILTIN nor TCQ_F_INVISIBLE.
bool is_listed(const tc_reading& now) {
  constexpr uint32_t kBuiltin = 1, kInvisible = 0x80;
  return !(now.qdisc_flags & (kBuiltin | kInvisible));
}

// Device by device: qdiscs, tcx, filters by chain and preference.
uint64_t tc_order(const tc_row& row) {
  const tc_program& p = row.program;
  const uint64_t kind = p.what == TC_FILTER ? 3 : p.what == TC_QDISC ? 0 : 1;
  const uint64_t place = p.what == TC_FILTER ? uint64_t{p.prio} << 8 | (p.handle & 0xff) : p.position;
  return uint64_t{row.ifindex} << 32 | kind << 28 | uint64_t{p.parent == TC_INGRESS} << 27 | (place & 0x7ffffff);
}

class Show {
public:
  Show(const Options& options, std::set<uint32_t> wanted)
      : options_(options), wanted_(std::move(wanted)), names_(netns_inum("init").value_or(0)) {}
  int run(MirrorSource& source);

private:
  struct Entry {
    NetnsId netns;
    uint64_t order; // within its netns
    std::string text;
  };

  const Options& options_;
  const std::set<uint32_t> wanted_; // inode numbers; empty: all
  NetnsNames names_;
  DeviceNames devices_;
  const int64_t offset_ns_ = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
  const uint64_t now_ns_ = static_cast<uint64_t>(now_ns(CLOCK_MONOTONIC));
  std::vector<Entry> entries_;
  size_t unsettled_ = 0; // rows
  std::string problem_;  // about what was read; empty: none

  BlockStyle style() const { return {.statistics = options_.statistics, .utc = options_.style.utc}; }
  template <class Row> bool leaves_out(const Row& row);
  void add(const state_reading& reading, uint64_t order);
  void add(const policy_row& row, uint64_t order);
  void add_deleted(const state_row& row);
  void add_tc(tc_row row, const std::optional<tc_reading>& now);
  Status collect(MirrorSource& source);
  std::string lack_of(const MirrorSource& source) const;
  std::string header(NetnsId netns);
};

template <class Row> bool Show::leaves_out(const Row& row) {
  if (!wanted_.empty() && !wanted_.contains(row.netns)) return true;
  if (settled(row)) return false;
  unsettled_++;
  return true;
}

void Show::add(const state_reading& reading, uint64_t order) {
  const state_row& row = reading.row;
  if (leaves_out(row)) return;
  State state = decode_reading(reading, offset_ns_);
  state.netns.name = names_.name(row.netns);
  devices_.fill(state);
  entries_.push_back({netns_id(row), order, options_.json ? line(show_json(state)) : state_block(state, style())});
}

void Show::add(const policy_row& row, uint64_t order) {
  if (leaves_out(row)) return;
  Policy policy = decode_policy(row, offset_ns_);
  policy.netns.name = names_.name(row.netns);
  devices_.fill(policy);
  entries_.push_back({netns_id(row), order, options_.json ? line(show_json(policy)) : policy_block(policy, style())});
}

void Show::add_deleted(const state_row& row) {
  if (leaves_out(row)) return;
  State state = decode_state(row, offset_ns_);
  state.netns.name = names_.name(row.netns);
  devices_.fill(state);
  entries_.push_back(
      {netns_id(row), row.removed.ns,
       options_.json ? line(show_deleted_json(state, now_ns_)) : deleted_block(state, now_ns_, style())});
}

// Updates names of devices and parents of qdiscs, which may have changed; skips what the kernel hides.
void Show::add_tc(tc_row row, const std::optional<tc_reading>& now) {
  if (leaves_out(row)) return;
  if (now) std::ranges::copy(now->ifname, row.ifname);
  std::optional<uint32_t> refs;
  if (now && row.program.what == TC_QDISC) {
    if (!is_listed(*now)) return;
    refs = now->qdisc_refs;
    row.program.parent = now->qdisc_parent;
    row.program.handle = now->qdisc_handle;
  }
  TcObject object = decode_tc(row, offset_ns_);
  object.netns.name = names_.name(row.netns);
  entries_.push_back(
      {netns_id(row), tc_order(row), options_.json ? line(show_json(object, refs)) : tc_block(object, refs)});
}

template <class Rows> Status each(const Result<Rows>& rows, const auto& add) {
  if (!rows) return tl::unexpected(rows.error());
  std::ranges::for_each(*rows, add);
  return {};
}

// Sorts states and policies by their addresses, since the kernel's own order is not known, and tombstones by age.
Status Show::collect(MirrorSource& source) {
  switch (options_.table) {
  case Table::states:
    return each(source.states(problem_), [this](const auto& one) { add(one.second, one.first); });
  case Table::policies:
    return each(source.policies(problem_), [this](const auto& one) { add(one.second, one.first); });
  case Table::deleted:
    return each(source.deleted(problem_), [this](const auto& one) { add_deleted(one); });
  case Table::tc:
    return each(source.tc(problem_), [this](const auto& one) { add_tc(one.first, one.second); });
  case Table::errors: // show_errors
    break;
  }
  return {};
}

std::string Show::header(NetnsId netns) {
  return fmt::format("netns {}\n", netns_text({netns.inum, names_.name(netns.inum)}));
}

std::string Show::lack_of(const MirrorSource& source) const {
  switch (options_.table) {
  case Table::states:
    return source.lack(LOST_STATES_FULL, "states");
  case Table::policies:
    return source.lack(LOST_POLICIES_FULL, "policies");
  case Table::tc:
    return source.lack(LOST_TC_FULL, "qdiscs, filters and programs");
  default:
    return {};
  }
}

int Show::run(MirrorSource& source) {
  names_.scan();
  if (const Status read = collect(source); !read) return refuse(read.error());
  std::ranges::sort(entries_, {}, [](const Entry& e) { return std::pair(e.netns, e.order); });
  Output out;
  for (size_t i = 0; i < entries_.size() && !out.closed(); i++) {
    if (!options_.json && (i == 0 || entries_[i].netns != entries_[i - 1].netns)) out.print(header(entries_[i].netns));
    out.print(entries_[i].text);
  }
  const std::string lack = lack_of(source);
  if (!lack.empty()) complain(lack);
  if (!problem_.empty() && !options_.quiet) complain(problem_);
  if (unsettled_ && !options_.quiet)
    complain(fmt::format("{} left out: they never rested while they were read", unsettled_));
  return out.exit_code();
}

} // namespace

int run_show(const Options& options) {
  quiet_libbpf(options);
  if (options.table == Table::errors) return show_errors(options);
  auto wanted = netns_inums(options.netns);
  if (!wanted) return refuse(wanted.error());
  auto source = find_mirror(options);
  if (!source) return refuse(source.error());
  return Show(options, std::move(*wanted)).run(*source);
}

} // namespace xs
