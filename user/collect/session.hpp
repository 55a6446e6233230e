// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A run from the open gate to the summary: receives records and emits events.
#pragma once

#include "../decode/decode.hpp"
#include "../model/site.hpp"
#include "departed_results.hpp"
#include "device_names.hpp"
#include "held_events.hpp"
#include "ledger.hpp"
#include "netns_naming.hpp"
#include "readings.hpp"
#include "reconcile.hpp"
#include "session_source.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <set>

namespace xs {

// Pure. The kernel's counters that are not 0.
NetnsCounters counters_of(const Netns& netns, NetnsId id, const counters_row& row);

class Session {
public:
  struct Handlers {
    std::function<void(Event&&)> event;
    std::function<void(const Change&)> change;
    std::function<void(const DefaultsChange&)> defaults;
    std::function<void(const TcChange&)> tc;
    std::function<void(NetnsCounters last)> gone;                   // a netns was removed, with its last counters
    std::function<void(const Netns&)> merged = [](const Netns&) {}; // it has joined kOtherNetns
    std::function<void(uint32_t inum)> migrated;                    // policies of this netns were changed in place
    std::function<void(const std::string& module, bool loaded, uint64_t mono_ns)> module;
    std::function<std::string(uint64_t address)> symbolize;
  };
  Session(SessionSource& source, const std::vector<Site>& sites, NetnsNames names, Handlers handlers);

  // The objects that these netns had before the run are not known: nothing can be said to be absent there.
  void set_unlisted(std::set<uint32_t> inums) { unlisted_ = std::move(inums); }
  // Opens the gate and reads where the kernel's counters stand.
  Status start(const Readings::List& netns);
  // Poll it for reading, then call `receive`, which returns the number of records that it took; it returns after a
  // while even if more keep coming in.
  int fd() const { return source_.fd(); }
  size_t receive();
  // The longest time until `receive` must be called again.
  std::chrono::milliseconds patience() const {
    if (!held_.empty()) return HeldEvents::kWhile;
    return std::chrono::milliseconds(names_.awaited() ? 10 : 100);
  }
  // Emits the events that the kernel counted but did not send.
  void flush();
  // What was lost so far: only lost_* are set.
  Summary losses() const;
  // Fills in names of devices in what was added to the event after it was emitted.
  void name_devices(Event& event);
  // The kernel's counters of every netns that has any that are not 0, or that cannot be read.
  std::vector<NetnsCounters> kernel_counters();
  // The number of followed netns.
  size_t netns_count() const;
  // Reads the counters a last time, detaches all probes and hooks, and adds up.
  Summary finish();

private:
  using Clock = std::chrono::steady_clock;
  SessionSource& source_;
  const std::vector<Site>& sites_;
  Handlers handlers_;
  NetnsNaming names_;
  std::set<uint32_t> unlisted_;
  std::deque<NetnsId> departed_;
  std::map<uint32_t, std::pair<uint64_t, std::string>> bytes_; // by CPU: time and packet of the next error
  DeviceNames devices_;
  Readings readings_;
  Ledger ledger_;
  HeldEvents held_{[this](Event e) { handlers_.event(std::move(e)); }};
  DepartedResults done_{[this](const Netns& netns) { handlers_.merged(netns); }};
  mutable std::map<std::string, int> unread_; // maps that could not be read, and why: an errno
  std::optional<std::set<NetnsId>> gone_;     // removed during the last reading of the counters, or later
  uint64_t flushed_ = 0;
  Clock::time_point flush_due_; // when `errors` is read next
  size_t received_ = 0;         // records, since `receive` was called
  bool drained_ = true;         // the ring buffer was empty when it was last read
  uint64_t returns_lost_ = 0;   // returns of hooked functions that were not seen
  uint64_t passed_over_ = 0;    // increments that the kernel skipped, until the gate was closed
  std::map<std::string, uint64_t> missed_by_hooks_;
  Clock::time_point pause_at_; // when `receive` is to return
  int64_t clock_offset_ = 0;   // CLOCK_REALTIME minus CLOCK_MONOTONIC, ns

  // Receives what is left, once the gate is closed.
  void receive_rest();
  void on_record(std::span<const uint8_t> bytes);
  void on_error(const error_record& e);
  void on_tail(const tail_record& t);
  void on_gone(const netns_gone_record& r);
  void on_change(Change change, NetnsId id);
  void on_tc(TcChange change, NetnsId id);
  void on_defaults(DefaultsChange change, NetnsId id);
  void name_netns(Evidence& evidence, const struct evidence& from);
  Event event(const error_key& key, const packet& p, uint64_t mono_ns, uint64_t n);
  // Returns `ask(error)`. An error makes the run incomplete.
  template <class Ask> auto read(const char* map, const Ask& ask) const {
    int error = 0;
    auto out = ask(error);
    if (error) unread_.insert_or_assign(map, error);
    return out;
  }
  CounterSource::Rows netns_rows() const;
  SessionSource::Errors error_rows(const SessionSource::Wanted& wanted) const;
  void flush_rows();
  void flush_row(const error_key& key, const error_row& row);
  void remove_rows(NetnsId netns);
  void flush_total(NetnsId netns, uint8_t counter, uint64_t total, uint64_t mono_ns);
  std::map<NetnsId, Counts> flush_totals();
  std::set<NetnsId> alive() const; // the netns that exist now
  Netns netns(NetnsId id) { return names_.netns(id); }
  NetnsResult result(NetnsId id, const std::optional<Difference>& gap, const Counts& seen);
  uint64_t lost(uint32_t kind) const;
  void name_problems(Summary& summary) const;
  uint64_t returns_missing() const;
};

} // namespace xs
