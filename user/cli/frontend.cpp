// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Passes events to what prints, writes and serves them.
#include "frontend.hpp"
#include "metrics_page.hpp"
#include "pcap_file.hpp"
#include "reporter.hpp"

#include "../collect/pins.hpp"
#include "../sys/clock.hpp"
#include "../sys/privileges.hpp"

#include <cstdlib>
#include <ctime>

namespace xs {

Frontend::Frontend(const Options& options, const Stop& stop)
    : options_(options), stop_(stop), out_(std::make_unique<Reporter>(options, stop)) {}

Frontend::~Frontend() = default;

bool Frontend::interactive() const {
  return out_->interactive();
}

void Frontend::warn(const std::string& text) {
  out_->warn(text);
}

void Frontend::transient_status(const std::string& text) {
  out_->transient_status(text);
}

void Frontend::begin(uint64_t mono_ns) {
  out_->begin(mono_ns);
}

void Frontend::change(const Change& change) {
  out_->change(change);
}

void Frontend::change(const DefaultsChange& change) {
  out_->change(change);
}

void Frontend::change(const TcChange& change) {
  out_->change(change);
}

void Frontend::gone(const NetnsCounters& last) {
  page_->gone(last);
}

void Frontend::merged(const Netns& netns) {
  out_->merged(netns);
}

int Frontend::exit_code() const {
  return std::max(out_->exit_code(), pcap_ && pcap_->failed() ? 1 : 0);
}

Status Frontend::await_reader() {
  if (options_.pcap.empty()) return {};
  auto pipe = PcapFile::await_reader(options_.pcap, stop_);
  if (!pipe) return tl::unexpected(pipe.error());
  pipe_ = std::move(*pipe);
  return {};
}

// Also loads the time zone: under their seccomp filters neither this thread nor the server's can open a file.
Status Frontend::open() {
  tzset();
  if (!options_.pcap.empty()) {
    auto file = PcapFile::open(options_.pcap, std::move(pipe_), stop_);
    if (!file) return tl::unexpected(file.error());
    pcap_ = std::make_unique<PcapFile>(std::move(*file));
  }
  if (options_.metrics.empty()) return {};
  auto page = MetricsPage::open(options_.metrics);
  if (!page) return tl::unexpected(page.error());
  page_ = std::move(*page);
  status(fmt::format("metrics on port {}", page_->port()));
  lacking(page_->filtered());
  return {};
}

void Frontend::status(const std::string& text) {
  if (!options_.quiet) out_->warn(text);
}

void Frontend::lacking(const Status& had) {
  if (!had && lacked_.insert(had.error().text).second) warn(had.error().text);
}

void Frontend::ready(const Ready& r) {
  ready_ = running_ = true;
  if (page_) page_->set_ready();
  if (options_.json) return out_->print(line(to_json(r)));
  status(fmt::format(
      "kernel {}: {} of {} sites attached, {} netns, {} states, {} policies, {} of tc, ready after {:.2f} s; "
      "Ctrl-C ends",
      r.kernel, r.attached, r.found, r.netns, r.states, r.policies, r.tc, static_cast<double>(r.elapsed_ms) / 1000));
}

void Frontend::event(const Event& event) {
  const Finding finding = out_->event(event);
  if (page_) page_->add(event, finding);
  if (!pcap_) return;
  if (const Status written = pcap_->write(event, finding); !written) out_->warn(written.error().text);
}

void Frontend::heartbeat() {
  if (page_) page_->heartbeat();
}

void Frontend::refresh(Gauges gauges, const std::vector<NetnsCounters>& kernel) {
  if (pcap_) gauges.packets_captured = pcap_->packets();
  page_->refresh(gauges, kernel);
}

// A start or an end that waits for the kernel cannot be interrupted: then this exits the process, which detaches its
// probes. Once the summary is printed, there is nothing left to say.
void Frontend::leave_if_overdue() {
  constexpr std::chrono::milliseconds kForStart(1500);
  const bool overdue = !ready_ && stop_.since() > kForStart;
  if (!overdue && !stop_.at_once()) return;
  if (ended_) std::_Exit(exit_code());
  if (!ready_ && !pins_.empty()) remove_pins(pins_);
  warn(ready_ ? "ended at once, without a summary" : kStoppedEarly);
  std::_Exit(ready_ ? 1 : 0);
}

void Frontend::tick() {
  out_->flush();
  leave_if_overdue();
  if (!running_) return;
  out_->look();
  out_->tick(mono_ns());
  unread_ = out_->closed() || (pcap_ && pcap_->reader_left());
}

void Frontend::end(Summary summary, uint64_t bytes_lost) {
  running_ = false;
  out_->summary(std::move(summary));
  ended_ = !out_->given_up();
  if (const std::string lost = out_->dropped(); !lost.empty()) warn(lost);
  if (!pcap_) return;
  status(fmt::format("{} packets written to {}", pcap_->packets(), pcap_->name()));
  if (bytes_lost) warn(fmt::format("{} packets found the ring buffer full and are not in the file", bytes_lost));
}

} // namespace xs
