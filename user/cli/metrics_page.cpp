// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Passes the page from the front's thread to the server's.
#include "metrics_page.hpp"

#include "../sys/privileges.hpp"
#include "../sys/system_calls.hpp"

#include <utility>

namespace xs {
namespace {

using namespace std::chrono_literals;
constexpr auto kStuck = 10s;

} // namespace

// A start is never stuck: it may wait for the kernel, and reports its own failures.
HttpAnswer health(bool ready, std::chrono::steady_clock::duration since_heartbeat) {
  const bool stuck = ready && since_heartbeat > kStuck;
  return stuck ? HttpAnswer{.status = 503, .body = "stuck\n"} : HttpAnswer{.body = "ok\n"};
}

Result<std::unique_ptr<MetricsPage>> MetricsPage::open(const std::string& address) {
  auto page = std::make_unique<MetricsPage>();
  const auto answer = [self = page.get()](std::string_view path) { return self->answer(path); };
  // The server's thread reads what anyone may send.
  const auto give_up = [&filtered = page->filtered_, &address]() -> Status {
    if (const Status given = give_up_all(); !given)
      return fail("will not serve {} with more privileges than that needs: {}", address, given.error().text);
    filtered = allow_only(Work::front);
    return {};
  };
  auto server = HttpServer::listen(address, answer, {}, give_up);
  if (!server) return tl::unexpected(server.error());
  page->server_.emplace(std::move(*server));
  return page;
}

void MetricsPage::refresh(const Gauges& gauges, const std::vector<NetnsCounters>& kernel) {
  std::string text = metrics_.text(gauges, kernel);
  bool scraped = false;
  {
    const std::lock_guard lock(guard_);
    page_ = std::move(text);
    scraped = std::exchange(scraped_, false);
  }
  metrics_.new_page(scraped);
}

HttpAnswer MetricsPage::answer(std::string_view path) {
  if (path == "/metrics") {
    const std::lock_guard lock(guard_);
    scraped_ = true;
    return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = page_};
  }
  if (path == "/healthz") return health(ready_, Clock::now().time_since_epoch() - Clock::duration(alive_));
  if (path == "/readyz") return ready_ ? HttpAnswer{.body = "ok\n"} : HttpAnswer{.status = 503, .body = "not yet\n"};
  return {.status = 404, .body = "there are /metrics, /healthz and /readyz\n"};
}

} // namespace xs
