// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A session on records and maps that the test provides.
#pragma once

#include "../../user/collect/session.hpp"
#include "netns_folders.hpp"
#include "records.hpp"

#include <cerrno>
#include <deque>

namespace xs::test {

inline constexpr uint16_t kC = XfrmInNoStates;

class KernelSide final : public SessionSource {
public:
  std::deque<std::string> ring; // records on their way
  Errors rows;                  // of map `errors`
  Totals all_totals;
  Rows netns_rows;
  std::map<uint64_t, counters_row> counters; // by the address of a netns' counters
  std::map<uint32_t, uint64_t> losses;
  std::map<std::string, int> errors_of; // maps that cannot be read: an errno
  std::map<std::string, uint64_t> hooks;
  uint64_t suppressed_n = 0, passed_over_n = 0;
  int walks = 0; // over map `errors`
  bool limit = false, more = false, attached = true;
  std::optional<std::string> no_ring;
  std::function<void()> letting_go = [] {}; // called while programs end that were at work

  // One that is there.
  void there(uint64_t mib, NetnsId id) {
    netns_rows.emplace_back(mib, netns_row{.inum = id.inum, .reserved = 0, .born_ns = id.born_ns});
    counters[mib];
  }
  template <class T> void send(const T& record) {
    const auto bytes = bytes_of(record);
    ring.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void row(const error_key& key, uint64_t count) {
    error_row r{};
    r.count = count;
    std::erase_if(rows, [&](const auto& known) { return !std::memcmp(&known.first, &key, sizeof(key)); });
    rows.emplace_back(key, r);
  }
  void total(NetnsId id, uint32_t counter, uint64_t count) {
    total_row r{};
    r.count = count;
    all_totals.emplace_back(total_key{.netns = id.inum, .counter = counter, .born_ns = id.born_ns}, r);
  }

  Status open(Take take) override {
    take_ = std::move(take);
    if (no_ring) return fail("{}", *no_ring);
    return {};
  }
  int fd() const override { return -1; }
  bool consume() override {
    while (!ring.empty()) {
      const std::string record = std::move(ring.front());
      ring.pop_front();
      if (!take_({reinterpret_cast<const uint8_t*>(record.data()), record.size()})) return false;
    }
    return !more;
  }
  Errors errors(const Wanted& wanted, int& error) override {
    walks++;
    Errors out;
    if (unread("errors", error)) return out;
    for (const auto& [key, row] : rows)
      if (wanted(key, row)) out.emplace_back(key, row);
    return out;
  }
  void remove_error(const error_key& key) override {
    std::erase_if(rows, [&](const auto& row) { return !std::memcmp(&row.first, &key, sizeof(key)); });
  }
  Totals totals(int& error) override { return unread("totals", error) ? Totals{} : all_totals; }
  uint64_t lost(uint32_t kind, int& error) override { return unread("lost", error) ? 0 : losses[kind]; }
  uint64_t suppressed() const override { return suppressed_n; }
  bool at_limit() const override { return limit; }
  size_t calls_under_way() const override { return 0; }
  uint64_t passed_over() const override { return passed_over_n; }
  std::map<std::string, uint64_t> missed_by_hooks() const override { return hooks; }
  void detach_all() override {
    letting_go();
    attached = false;
  }

  Rows netns(int& error) override { return unread("netns", error) ? Rows{} : netns_rows; }
  bool follow(uint64_t, const netns_row&) override { return true; }
  void forget(uint64_t) override {}
  std::optional<counters_row> sample(uint64_t mib, uint64_t) override {
    const auto it = counters.find(mib);
    if (it == counters.end()) return {};
    return it->second;
  }
  void open_gate() override {}
  void close_gate() override {}
  uint64_t now_ns() override { return 1; } // whatever was made since then began at zero
  void pause() override {}

private:
  Take take_;

  bool unread(const char* map, int& error) const {
    const auto it = errors_of.find(map);
    if (it != errors_of.end()) error = it->second;
    return it != errors_of.end();
  }
};

struct SessionRun {
  NetnsNode node;
  KernelSide kernel;
  std::vector<Site> sites{Site{}};
  std::vector<Event> events;
  std::vector<NetnsCounters> gone;
  std::vector<Netns> changed, merged;
  Session session{kernel, sites, NetnsNames(kInit, node.folders), handlers()};

  SessionRun() {
    kernel.there(1, {kInit, 0});
    sites.front().function = "xfrm_input";
  }
  Status start() {
    return session.start([this]() -> Result<std::vector<LiveNetns>> {
      std::vector<LiveNetns> out;
      for (const auto& [mib, row] : kernel.netns_rows)
        out.push_back({mib, row.inum, false});
      return out;
    });
  }
  // What comes of the records that were sent.
  std::vector<Event> told() {
    events.clear();
    session.receive();
    return std::move(events);
  }
  void made(uint64_t mib, NetnsId id) {
    kernel.there(mib, id);
    netns_made_record r{};
    r.header.kind = RECORD_NETNS_MADE;
    r.netns = id.inum;
    r.born_ns = id.born_ns;
    kernel.send(r);
  }
  // It goes, with so many errors counted, and so many of them seen.
  void goes(NetnsId id, uint64_t counted = 0, uint64_t seen = 0) {
    std::erase_if(kernel.netns_rows,
                  [&](const auto& row) { return row.second.inum == id.inum && row.second.born_ns == id.born_ns; });
    netns_gone_record r{};
    r.header = {RECORD_NETNS_GONE, 0, 500};
    r.netns = id.inum;
    r.born_ns = id.born_ns;
    r.counters.kernel[kC] = counted;
    r.counters.seen[kC] = seen;
    kernel.send(r);
  }

private:
  Session::Handlers handlers() {
    return {.event = [this](Event e) { events.push_back(std::move(e)); },
            .change =
                [this](const Change& c) {
                  changed.push_back(std::visit([](const auto& object) { return object.netns; }, c.object));
                },
            .defaults = [this](const DefaultsChange& c) { changed.push_back(c.netns); },
            .tc = [this](const TcChange& c) { changed.push_back(c.object.netns); },
            .gone = [this](NetnsCounters last) { gone.push_back(std::move(last)); },
            .merged = [this](const Netns& netns) { merged.push_back(netns); },
            .migrated = [](uint32_t) {},
            .module = [](const std::string&, bool, uint64_t) {},
            .symbolize = [](uint64_t address) { return "f" + std::to_string(address); }};
  }
};

} // namespace xs::test
