// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What a run shows to the outside: lines on standard output, the file of --pcap, the numbers of --metrics. Its thread
// is the process' first one and has no privileges once the run is ready; the run itself goes on in another one.
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

// What is said of a run that was told to stop while it started.
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
  // Nobody reads any more.
  bool unread() const { return unread_; }

  // Waits a while for the reader of the pipe that the options name, if it is one.
  Status await_reader();
  // Opens what the options name, and what is read of files later.
  Status open();
  // What a user asked to be told of, or is to know nevertheless.
  void status(const std::string& text);
  void say(const std::string& text);
  void passing(const std::string& text);
  // What it does not have and goes on without; said once, even if several threads lack it.
  void lacking(const Status& had);
  // From when on times and rates count, CLOCK_MONOTONIC.
  void begin(uint64_t mono_ns);
  // Every probe is set.
  void ready(const Ready& ready);
  void event(const Event& event);
  void change(const Change& change);
  void change(const DefaultsChange& change);
  void change(const TcChange& change);
  // The run goes on.
  void beat();
  // A netns is gone.
  void gone(const NetnsCounters& last);
  // Its line of the summary is one with others'.
  void merged(const Netns& netns);
  void refresh(Gauges gauges, const std::vector<NetnsCounters>& kernel);
  // `bytes_lost`: packets whose bytes found no room.
  void end(Summary summary, uint64_t bytes_lost);
  // The directory of pinned maps that is to go with the process, if it is to end before it is ready.
  void claimed(const std::string& pins) { pins_ = pins; }
  // To be called now and then.
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
