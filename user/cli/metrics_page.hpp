// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Serves /metrics, /healthz and /readyz of --metrics, in a thread of its own.
#pragma once

#include "../render/metrics.hpp"
#include "../sys/http_server.hpp"

#include <atomic>
#include <chrono>
#include <mutex>

namespace xs {

// Pure. The answer of /healthz: a run is alive while it starts, and then while its heartbeat comes.
HttpAnswer health(bool ready, std::chrono::steady_clock::duration since_heartbeat);

class MetricsPage {
public:
  static Result<std::unique_ptr<MetricsPage>> open(const std::string& address);

  void add(const Event& event, const Finding& finding) { metrics_.add(event, finding); }
  void gone(const NetnsCounters& last) { metrics_.gone(last); }
  // Every probe is set.
  void set_ready() {
    heartbeat();
    ready_ = true;
  }
  // Call it at least every few seconds from then on, or /healthz says that the run is stuck.
  void heartbeat() { alive_ = Clock::now().time_since_epoch().count(); }
  // Makes the page again.
  void refresh(const Gauges& gauges, const std::vector<NetnsCounters>& kernel);
  uint16_t port() const { return server_->port(); }
  // Whether the server's thread has its seccomp filter.
  const Status& filtered() const { return filtered_; }

private:
  using Clock = std::chrono::steady_clock;
  Metrics metrics_;
  std::mutex guard_; // of page_ and scraped_
  std::string page_;
  bool scraped_ = false; // this page was served
  std::atomic<bool> ready_ = false;
  std::atomic<Clock::rep> alive_ = Clock::now().time_since_epoch().count();
  Status filtered_;
  std::optional<HttpServer> server_; // destroyed first: its thread uses the others

  HttpAnswer answer(std::string_view path);
};

} // namespace xs
