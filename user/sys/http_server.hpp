// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// An HTTP server for a few GET requests: one thread, few connections, and a deadline for each.
#pragma once

#include "fd.hpp"
#include "result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace xs {

struct HttpAnswer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// Answers a path, on the thread of the server. Status 404 for unknown paths.
using HttpHandler = std::function<HttpAnswer(std::string_view path)>;

struct HttpLimits {
  size_t connections = 16;      // a further one replaces the oldest
  size_t request_bytes = 8192;  // of the request line and headers, without line ends; a body is refused
  int64_t milliseconds = 5'000; // from connection to the end of the answer
};

class HttpServer {
public:
  // "127.0.0.1:9731", "[::1]:9731", ":9731" and "9731" (loopback); port 0: any free one. `first`: the thread of the
  // server runs it before anything else; if it fails, nothing is served.
  static Result<HttpServer> listen(
      const std::string& address, HttpHandler handler, HttpLimits limits = {},
      std::function<Status()> first = [] { return Status(); });
  HttpServer(HttpServer&&) noexcept = default;
  HttpServer& operator=(HttpServer&&) = delete;
  ~HttpServer();
  uint16_t port() const { return port_; }

private:
  HttpServer(Fd stop, std::thread thread, uint16_t port)
      : stop_(std::move(stop)), thread_(std::move(thread)), port_(port) {}
  Fd stop_; // writing to it ends the thread
  std::thread thread_;
  uint16_t port_;
};

struct HostPort {
  std::string host;
  uint16_t port;
};
// Pure. None: not an address and port.
std::optional<HostPort> parse_address(const std::string& text);

} // namespace xs
