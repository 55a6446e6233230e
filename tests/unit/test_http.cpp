// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The server of --metrics, asked politely and otherwise, over real sockets.
#include "../../user/sys/http_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

using namespace xs;

namespace {

HttpAnswer hello(std::string_view path) {
  if (path == "/hello") return {.body = "hello\n"};
  if (path == "/big") return {.body = std::string(20'000'000, 'x')};
  return {.status = 404, .body = "no\n"};
}

Fd connect_to(uint16_t port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{20, 0}; // far more than any limit of the tests
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0);
  return fd;
}

void say(const Fd& fd, const std::string& text) {
  send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

// All that comes until the end; none: it did not come to its end in time.
std::optional<std::string> rest(const Fd& fd) {
  std::string out;
  char bytes[65536];
  for (;;) {
    const ssize_t n = recv(fd.get(), bytes, sizeof(bytes), 0);
    if (n < 0 && errno == EAGAIN) return {};
    if (n <= 0) return out;
    out.append(bytes, static_cast<size_t>(n));
  }
}

std::string ask(uint16_t port, const std::string& request) {
  const Fd fd = connect_to(port);
  say(fd, request);
  const auto answer = rest(fd);
  REQUIRE(answer);
  return *answer;
}

HttpServer server(HttpLimits limits = {}) {
  auto out = HttpServer::listen("127.0.0.1:0", hello, limits);
  REQUIRE(out.has_value());
  return std::move(*out);
}

std::string get(const char* path) {
  return std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

} // namespace

TEST_CASE("it answers a path, with its length") {
  const HttpServer s = server();
  CHECK(ask(s.port(), get("/hello")) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n"
        "Connection: close\r\n\r\nhello\n");
  CHECK(ask(s.port(), get("/hello?x=1")).ends_with("\r\n\r\nhello\n"));
  CHECK(ask(s.port(), get("/")).starts_with("HTTP/1.1 404 "));
  CHECK(ask(s.port(), "HEAD /hello HTTP/1.0\r\n\r\n").ends_with("Content-Length: 6\r\nConnection: close\r\n\r\n"));
}

TEST_CASE("an answer that does not fit into the socket comes whole") {
  const HttpServer s = server();
  CHECK(ask(s.port(), get("/big")).ends_with("\r\n\r\n" + std::string(20'000'000, 'x')));
}

TEST_CASE("a request may come byte by byte") {
  const HttpServer s = server();
  const Fd fd = connect_to(s.port());
  for (const char c : get("/hello"))
    say(fd, std::string(1, c));
  CHECK(rest(fd)->ends_with("hello\n"));
}

TEST_CASE("malformed requests are refused") {
  const HttpServer s = server();
  for (const char* request : {"\r\n\r\n", "GET\r\n\r\n", "GET /hello\r\n\r\n", "GET hello HTTP/1.1\r\n\r\n",
                              "GET /a b HTTP/1.1\r\n\r\n", "GET /hello SPDY/3\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"})
    CHECK_MESSAGE(ask(s.port(), request).starts_with("HTTP/1.1 400 "), request);
  CHECK(ask(s.port(), "POST /hello HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde").starts_with("HTTP/1.1 405 "));
  CHECK(ask(s.port(), get("/hello")).ends_with("hello\n"));
}

TEST_CASE("a request that never ends is cut off") {
  const HttpServer s = server({.request_bytes = 1000});
  CHECK(ask(s.port(), "GET /hello HTTP/1.1\r\nX: " + std::string(1100, 'x')).starts_with("HTTP/1.1 431 "));
  CHECK(ask(s.port(), get("/hello")).ends_with("hello\n"));
}

TEST_CASE("one that sends nothing, or does not take its answer, is dropped") {
  const HttpServer s = server({.milliseconds = 200});
  const Fd silent = connect_to(s.port());
  const auto began = std::chrono::steady_clock::now();
  CHECK(rest(silent) == "");
  CHECK(std::chrono::steady_clock::now() - began > std::chrono::milliseconds(150));
  const Fd deaf = connect_to(s.port());
  say(deaf, get("/big"));
  CHECK(rest(connect_to(s.port())) == ""); // came later, and its time is over: so is the other one's
  const auto cut = rest(deaf);
  REQUIRE(cut);
  CHECK(cut->size() < 20'000'000);
}

TEST_CASE("many who are slow keep nobody from an answer") {
  const HttpServer s = server({.connections = 4, .milliseconds = 60'000});
  std::vector<Fd> slow;
  for (int i = 0; i < 40; i++) {
    slow.push_back(connect_to(s.port()));
    say(slow.back(), "GET /he");
  }
  CHECK(ask(s.port(), get("/hello")).ends_with("hello\n"));
  CHECK(rest(slow.front()) == "");
}

TEST_CASE("where it listens") {
  CHECK(parse_address("9731")->host == "127.0.0.1");
  CHECK(parse_address(":9731")->port == "9731");
  CHECK(parse_address("0.0.0.0:9731")->host == "0.0.0.0");
  CHECK(parse_address("[::1]:9731")->host == "::1");
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "1.2.3.4:99999", "::1:9731", "[::1]", "a:b"})
    CHECK_MESSAGE(!parse_address(text), text);
}

TEST_CASE("an address that is taken, or is not this host's, is refused with a reason") {
  const HttpServer s = server();
  const auto taken = HttpServer::listen("127.0.0.1:" + std::to_string(s.port()), hello);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text == "cannot listen on 127.0.0.1:" + std::to_string(s.port()) + ": Address already in use");
  CHECK_FALSE(HttpServer::listen("192.0.2.1:0", hello));
}
