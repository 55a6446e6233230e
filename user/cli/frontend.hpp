// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The outputs of a run: lines on standard output, the file of --pcap, the page of --metrics. They belong to the first
// thread of the process, which drops all privileges once the run is ready; the run itself has its own thread.
#pragma once

#include "options.hpp"
#include "stop.hpp"

#include "../model/event.hpp"
#include "../model/tc.hpp"
#include "../render/json.hpp"
#include "../render/metrics.hpp"
#include "../sys/fd.hpp"
#include "../sys/result.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <set>

namespace xs {

// The message of a run that was told to stop while it started.
inline constexpr const char* kStoppedEarly = "stopped before it was ready";

class MetricsPage;
class PcapFile;
class Reporter;

class Frontend {
public:
  using Clock = std::chrono::steady_clock;
  Frontend(const Options& options, const Stop& stop);
  ~Frontend();

  // These are safe to call from any thread.
  bool interactive() const;
  bool has_page() const { return !options_.metrics.empty(); }
  // The reader of standard output is gone.
  bool unread() const { return unread_; }

  // If --pcap names a pipe, waits a while for its reader.
  Status await_reader();
  // Opens the files of the options, and those that are read later.
  Status open();
  // Prints a status line on stderr, unless -q is given.
  void status(const std::string& text);
  void warn(const std::string& text);
  void transient_status(const std::string& text);
  // Warns of something that the run does without; once, even if several threads lack it.
  void lacking(const Status& had);
  // The start of relative times and of rates, CLOCK_MONOTONIC.
  void begin(uint64_t mono_ns);
  // Every probe is set.
  void ready(const Ready& ready);
  void event(const Event& event);
  void change(const Change& change);
  void change(const DefaultsChange& change);
  void change(const TcChange& change);
  // The run is alive.
  void heartbeat();
  // A netns is gone.
  void gone(const NetnsCounters& last);
  // Its line of the summary has joined the shared one.
  void merged(const Netns& netns);
  void refresh(Gauges gauges, const std::vector<NetnsCounters>& kernel);
  // `bytes_lost`: packets whose bytes the ring buffer had no room for.
  void end(Summary summary, uint64_t bytes_lost);
  // The directory of pinned maps to remove if the process has to exit before it is ready.
  void claimed(const std::string& pins) { pins_ = pins; }
  // Call it regularly.
  void tick();
  int exit_code() const;

private:
  const Options& options_;
  const Stop& stop_;
  std::unique_ptr<Reporter> out_;
  Fd pipe_; // that packets go to
  std::unique_ptr<PcapFile> pcap_;
  std::unique_ptr<MetricsPage> page_;
  std::string pins_;
  std::set<std::string> lacked_;
  bool ready_ = false, running_ = false, ended_ = false;
  std::atomic<bool> unread_ = false;

  void leave_if_overdue();
};

} // namespace xs
