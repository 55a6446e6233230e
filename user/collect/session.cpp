// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Converts records into events, and keeps the counts.
#include "session.hpp"

#include "../model/loss.hpp"
#include "../decode/packet_evidence.hpp"
#include "../decode/mirror.hpp"
#include "../decode/tc.hpp"
#include "../sys/clock.hpp"

#include <chrono>
#include <cstring>
#include <ctime>

namespace xs {
NetnsCounters counters_of(const Netns& netns, NetnsId id, const counters_row& row) {
  NetnsCounters out{netns, id.born_ns, {}};
  for (uint8_t c = 1; c < COUNTER_SLOTS; c++)
    if (row.kernel[c]) out.counters.push_back({c, row.kernel[c], row.filtered[c]});
  return out;
}

Session::Session(SessionSource& source, const std::vector<Site>& sites, NetnsNames names, Handlers handlers)
    : source_(source), sites_(sites), handlers_(std::move(handlers)),
      names_(std::move(names), [this] { return alive(); }), readings_(source) {}

CounterSource::Rows Session::netns_rows() const {
  return read("netns", [this](int& error) { return source_.netns(error); });
}

SessionSource::Errors Session::error_rows(const SessionSource::Wanted& wanted) const {
  return read("errors", [&](int& error) { return source_.errors(wanted, error); });
}

Status Session::start(const Readings::List& netns) {
  Status opened = source_.open([this](std::span<const uint8_t> record) {
    on_record(record);
    return Clock::now() < pause_at_;
  });
  if (!opened) return opened;
  names_.start();
  return readings_.start(netns);
}

// Returns after a while even if events come in faster than they can be printed.
size_t Session::receive() {
  received_ = 0;
  pause_at_ = Clock::now() + std::chrono::milliseconds(100);
  clock_offset_ = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC); // the offset changes after suspend or a clock step
  drained_ = source_.consume();
  held_.release(Clock::now());
  names_.look_up_new();
  return received_;
}

void Session::receive_rest() {
  pause_at_ = Clock::time_point::max();
  source_.consume();
  held_.release_all();
}

std::set<NetnsId> Session::alive() const {
  std::set<NetnsId> out;
  for (const auto& [mib, row] : netns_rows())
    out.insert({row.inum, row.born_ns});
  return out;
}

Event Session::event(const error_key& key, const packet& p, uint64_t mono_ns, uint64_t n) {
  Event out;
  out.mono_ns = mono_ns;
  out.real_ns = static_cast<int64_t>(mono_ns) + clock_offset_;
  out.counter = static_cast<uint8_t>(key.counter);
  out.n = n;
  if (key.site < sites_.size())
    out.site = SiteRef{sites_[key.site].function, sites_[key.site].offset, sites_[key.site].module};
  out.netns = netns(netns_id(key));
  out.packet = decode_packet(p);
  out.row.assign(reinterpret_cast<const char*>(&key), sizeof(key));
  return out;
}

void Session::name_netns(Evidence& evidence, const struct evidence& from) {
  if (evidence.state) evidence.state->netns = netns(netns_id(from.state));
  if (evidence.deleted) evidence.deleted->netns = netns(netns_id(from.deleted));
  if (evidence.policy) evidence.policy->netns = netns(netns_id(from.policy));
  if (evidence.state) devices_.fill(*evidence.state);
  if (evidence.deleted) devices_.fill(*evidence.deleted);
  if (evidence.policy) devices_.fill(*evidence.policy);
}

void Session::name_devices(Event& event) {
  if (!event.evidence) return;
  Evidence& v = *event.evidence;
  for (Policy* p : {v.policy ? &*v.policy : nullptr, v.other_policy ? &*v.other_policy : nullptr,
                    v.near ? &v.near->policy : nullptr})
    if (p) devices_.fill(*p);
  if (v.state) devices_.fill(*v.state);
  const bool by_device = v.near && v.near->policy.sel.dev; // the selector of the flow is printed, too
  if (!by_device || !event.looked_up || !event.netns.inum || !event.looked_up->ifindex) return;
  Device dev{static_cast<int32_t>(*event.looked_up->ifindex), event.looked_up->ifname};
  devices_.fill(dev, event.netns);
  event.looked_up->ifname = dev.name;
}

// Passes a change of the mirror on, with names.
void Session::on_change(Change change, NetnsId id) {
  const auto name = [&](auto& object) {
    object.netns = netns(id);
    devices_.fill(object);
  };
  std::visit(name, change.object);
  handlers_.change(change);
}

void Session::on_tc(TcChange change, NetnsId id) {
  change.object.netns = netns(id);
  handlers_.tc(change);
}

void Session::on_defaults(DefaultsChange change, NetnsId id) {
  change.netns = netns(id);
  handlers_.defaults(change);
}

void Session::on_record(std::span<const uint8_t> bytes) {
  received_++;
  const Record record = decode(bytes);
  if (const auto* e = std::get_if<error_record>(&record)) on_error(*e);
  if (const auto* t = std::get_if<tail_record>(&record)) on_tail(*t);
  if (const auto* r = std::get_if<netns_made_record>(&record)) names_.made(netns_id(*r));
  if (const auto* r = std::get_if<netns_gone_record>(&record)) on_gone(*r);
  if (const auto* s = std::get_if<state_change_record>(&record))
    on_change(decode_change(*s, clock_offset_), netns_id(s->state));
  if (const auto* p = std::get_if<policy_change_record>(&record))
    on_change(decode_change(*p, clock_offset_), netns_id(p->policy));
  if (const auto* t = std::get_if<tc_change_record>(&record)) on_tc(decode_change(*t, clock_offset_), netns_id(t->tc));
  if (const auto* d = std::get_if<defaults_record>(&record))
    on_defaults(decode_defaults(*d, clock_offset_), netns_id(*d));
  if (const auto* m = std::get_if<migrated_record>(&record)) handlers_.migrated(m->netns);
  if (const auto* b = std::get_if<bytes_record>(&record)) bytes_[b->header.cpu] = {b->header.mono_ns, packet_bytes(*b)};
  if (const auto* m = std::get_if<module_record>(&record))
    handlers_.module(std::string(m->name, strnlen(m->name, sizeof(m->name))), m->loaded, m->header.mono_ns);
}

void Session::on_error(const error_record& e) {
  const uint64_t n = ledger_.settle(e);
  if (!n) return;
  Event out = event(e.key, e.packet, e.header.mono_ns, n);
  if (e.row_count)
    out.packets = ledger_.settle_packets(e.key, e.row_packets, e.row_count, n);
  else if (e.packets)
    out.packets = e.packets;
  out.cpu = e.header.cpu;
  if (e.in_process) out.process = Process{e.tgid, std::string(e.comm, strnlen(e.comm, sizeof(e.comm)))};
  if (const auto sent = bytes_.find(e.header.cpu); sent != bytes_.end() && sent->second.first == e.header.mono_ns)
    out.bytes = std::move(sent->second.second);
  out.evidence = decode_evidence(e.evidence, clock_offset_);
  out.packet_evidence = decode_packet_evidence(e.packet_evidence);
  out.looked_up = decode_flow(e.packet_evidence);
  out.tc = decode_tc_point(e, clock_offset_);
  if (out.evidence) name_netns(*out.evidence, e.evidence);
  if (out.evidence && out.evidence->match == Match::none && unlisted_.contains(e.key.netns))
    out.evidence->match = Match::unknown;
  for (uint32_t i = 0; i < std::min<uint32_t>(e.stack_size, STACK_DEPTH); i++)
    out.stack.push_back(handlers_.symbolize(e.stack[i]));
  const bool may_have_tail = e.output && !is_loss(out.counter) && out.packet && !out.packet->is_flow;
  may_have_tail ? held_.hold(std::move(out), Clock::now()) : handlers_.event(std::move(out));
}

// Packets that cannot be added to their event (not sent, or no longer held) are counted with the next one of the row.
void Session::on_tail(const tail_record& t) {
  const std::optional<uint64_t> packets = t.packets ? std::optional<uint64_t>(t.packets) : std::nullopt;
  if (held_.join(t.error_cpu, t.error_ns, packets) && t.row_packets) ledger_.settled_packets(t.key, t.row_packets);
}

void Session::flush() {
  const uint64_t suppressed = source_.suppressed();
  if (suppressed == flushed_) return;
  receive();
  if (!drained_) return; // events still in the ring buffer are not flushed
  const auto began = Clock::now();
  if (began < flush_due_) return;
  flushed_ = suppressed;
  flush_rows();
  flush_due_ = began + 20 * (Clock::now() - began); // with many rows, at most a twentieth of the time
}

void Session::flush_rows() {
  const auto unsettled = [this](const error_key& key, const error_row& row) {
    return !ledger_.settled(key, row.count);
  };
  for (const auto& [key, row] : error_rows(unsettled))
    flush_row(key, row);
}

void Session::flush_row(const error_key& key, const error_row& row) {
  const uint64_t n = ledger_.settle(key, row.count);
  if (!n) return;
  Event out = event(key, row.last, row.last_ns, n);
  out.repeats = true;
  out.packets = ledger_.settle_packets(key, row.packets_unknown ? 0 : row.packets, row.count, n);
  handlers_.event(std::move(out));
}

// Makes room for the rows of other netns.
void Session::remove_rows(NetnsId netns) {
  const auto of_netns = [netns](const error_key& key, const error_row&) { return netns_id(key) == netns; };
  for (const auto& [key, row] : error_rows(of_netns)) {
    flush_row(key, row);
    source_.remove_error(key);
  }
}

void Session::on_gone(const netns_gone_record& r) {
  const NetnsId id = netns_id(r);
  remove_rows(id);
  Counts seen;
  for (uint8_t c = 1; c < COUNTER_SLOTS; c++) {
    seen.filtered[c] = r.counters.filtered[c];
    if (!source_.at_limit()) flush_total(id, c, r.counters.seen[c] - seen.filtered[c], r.header.mono_ns);
    seen.told[c] = ledger_.printed(id, c);
  }
  NetnsResult last = result(id, readings_.gap(r), seen);
  if (auto counted = counters_of(last.netns, id, r.counters); !counted.counters.empty())
    handlers_.gone(std::move(counted));
  if (!last.counters.empty()) done_.add(std::move(last));
  if (gone_) gone_->insert(id);
  names_.removed(id);
  devices_.forget(id.inum);
  unlisted_.erase(id.inum);
  // Its states and policies are removed after it, and an event may still wait for the end of its lookup.
  departed_.push_back(id);
  constexpr size_t kRemembered = 256;
  if (departed_.size() <= kRemembered) return;
  names_.forget(departed_.front());
  ledger_.forget(departed_.front());
  departed_.pop_front();
}

} // namespace xs
