// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Polls its connections, each with a deadline of its own.
#include "http_server.hpp"
#include "privileges.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <chrono>
#include <csignal>
#include <list>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <vector>

namespace xs {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  Fd fd;
  Clock::time_point until;
  std::string in, out;
  bool drained = false; // what comes behind the request is thrown away, or the answer could be lost with a reset
};

const char* reason(int status) {
  switch (status) {
  case 200:
    return "OK";
  case 400:
    return "Bad Request";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 431:
    return "Request Header Fields Too Large";
  default:
    return "Service Unavailable";
  }
}

std::string laid_out(const HttpAnswer& answer, bool with_body) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
                     answer.status, reason(answer.status), answer.type, answer.body.size(),
                     answer.status == 405 ? "Allow: GET, HEAD\r\n" : "", with_body ? answer.body : "");
}

std::string refusal(int status) {
  return laid_out({.status = status, .body = fmt::format("{}\n", reason(status))}, true);
}

class Loop {
public:
  Loop(Fd listener, int stop, HttpHandler handler, HttpLimits limits)
      : listener_(std::move(listener)), stop_(stop), handler_(std::move(handler)), limits_(limits) {}
  void run();

private:
  Fd listener_;
  int stop_;
  HttpHandler handler_;
  HttpLimits limits_;
  std::list<Connection> connections_; // the oldest one first

  void accept_one();
  bool serve(Connection& c, short events); // false: it is over
  bool read(Connection& c);
  bool write(Connection& c);
  int patience() const;
};

void Loop::accept_one() {
  Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  if (connections_.size() >= limits_.connections) connections_.pop_front();
  connections_.push_back({std::move(fd), Clock::now() + std::chrono::milliseconds(limits_.milliseconds), {}, {}});
}

bool Loop::read(Connection& c) {
  char bytes[4096];
  const ssize_t n = recv(c.fd.get(), bytes, sizeof(bytes), 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  if (!c.out.empty()) return true;
  c.in.append(bytes, static_cast<size_t>(n));
  const size_t end = c.in.find("\r\n\r\n");
  if (end != std::string::npos && end <= limits_.request_bytes)
    c.out = http_answer(std::string_view(c.in).substr(0, end + 4), handler_);
  else if (c.in.size() > limits_.request_bytes)
    c.out = refusal(431);
  return true;
}

bool Loop::write(Connection& c) {
  const ssize_t n = send(c.fd.get(), c.out.data(), c.out.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  c.out.erase(0, static_cast<size_t>(n));
  if (!c.out.empty()) return true;
  shutdown(c.fd.get(), SHUT_WR);
  c.drained = true;
  return true;
}

bool Loop::serve(Connection& c, short events) {
  if (Clock::now() >= c.until) return false;
  if (events & (POLLERR | POLLNVAL)) return false;
  if (c.drained) {
    char bytes[4096];
    if (events & (POLLIN | POLLHUP)) return recv(c.fd.get(), bytes, sizeof(bytes), 0) > 0;
    return true;
  }
  if (events & (POLLIN | POLLHUP) && !read(c)) return false;
  return c.out.empty() || write(c);
}

// Milliseconds until the next connection has had its time.
int Loop::patience() const {
  if (connections_.empty()) return -1;
  const auto left = connections_.front().until - Clock::now();
  return static_cast<int>(std::max<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0));
}

void Loop::run() {
  for (;;) {
    std::vector<pollfd> wait{{stop_, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const Connection& c : connections_)
      wait.push_back({c.fd.get(), static_cast<short>(c.out.empty() || c.drained ? POLLIN : POLLIN | POLLOUT), 0});
    poll(wait.data(), wait.size(), patience());
    if (wait[0].revents) return;
    size_t i = 2;
    for (auto c = connections_.begin(); c != connections_.end(); i++)
      c = serve(*c, wait[i].revents) ? std::next(c) : connections_.erase(c);
    if (wait[1].revents) accept_one();
  }
}

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0; // 0: it is none
};

SocketAddress socket_address(const HostPort& address) {
  SocketAddress out;
  const uint16_t port = htons(static_cast<uint16_t>(std::stoul(address.port)));
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.bytes);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.bytes);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    out.size = sizeof(*v4);
  } else if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    out.size = sizeof(*v6);
  }
  return out;
}

Result<Fd> open_listener(const std::string& text, const HostPort& host_port) {
  const SocketAddress address = socket_address(host_port);
  if (!address.size) return fail("cannot listen on {}: {} is no IP address", text, host_port.host);
  Fd fd(socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) || ::listen(fd.get(), 64))
    return fail("cannot listen on {}: {}", text, errno_text());
  return fd;
}

uint16_t port_of(const Fd& listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const bool v6 = bound.ss_family == AF_INET6;
  return ntohs(v6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                  : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

} // namespace

std::string http_answer(std::string_view head, const HttpHandler& handler) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || last == first || !line.substr(last).starts_with(" HTTP/1."))
    return refusal(400);
  const std::string_view method = line.substr(0, first);
  std::string_view path = line.substr(first + 1, last - first - 1);
  if (!path.starts_with('/') || path.find(' ') != std::string_view::npos) return refusal(400);
  if (method != "GET" && method != "HEAD") return refusal(405);
  path = path.substr(0, path.find('?'));
  return laid_out(handler(path), method == "GET");
}

std::optional<HostPort> parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size()) return {};
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (!bracketed && host.find_first_of(":[]") != std::string::npos) return {};
  if (bracketed) host = host.substr(1, host.size() - 2);
  return HostPort{host.empty() ? "127.0.0.1" : host, port};
}

Result<HttpServer> HttpServer::listen(const std::string& text, HttpHandler handler, HttpLimits limits) {
  const auto address = parse_address(text);
  if (!address) return fail("cannot listen on {}: it is not like 127.0.0.1:9731", text);
  auto listener = open_listener(text, *address);
  if (!listener) return tl::unexpected(listener.error());
  const uint16_t port = port_of(*listener);
  Fd stop(eventfd(0, EFD_CLOEXEC));
  auto loop = std::make_unique<Loop>(std::move(*listener), stop.get(), std::move(handler), limits);
  std::thread thread([loop = std::move(loop)] {
    (void)keep_capabilities(0); // it reads what strangers send
    loop->run();
  });
  return HttpServer(std::move(stop), std::move(thread), port);
}

HttpServer::~HttpServer() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof(one)) == sizeof(one)) thread_.join();
}

} // namespace xs
