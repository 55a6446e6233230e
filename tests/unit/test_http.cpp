// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The server of --metrics over real sockets, with good and bad clients.
#include "../../user/sys/http_server.hpp"
#include "../../user/sys/privileges.hpp"
#include "../../user/sys/system_calls.hpp"
#include "emulated.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <netinet/in.h>
#include <optional>
#include <regex>
#include <sys/socket.h>
#include <vector>

using namespace xs;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

HttpAnswer hello(std::string_view path) {
  if (path == "/hello") return {.body = "hello\n"};
  if (path == "/big") return {.body = std::string(20'000'000, 'x')};
  if (path == "/capabilities") return {.body = std::to_string(held_capabilities())};
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

// All that comes until the end, and whether that was a reset; none: it did not come to its end in time.
std::optional<std::string> rest(const Fd& fd) {
  std::string out;
  char bytes[65536];
  for (;;) {
    const ssize_t n = recv(fd.get(), bytes, sizeof(bytes), 0);
    if (n < 0 && errno == EAGAIN) return {};
    if (n < 0) return out + "(reset)";
    if (n == 0) return out;
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
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n"
                           "Connection: close\r\nDate: now\r\n\r\n";
  const std::regex date("Date: [^\r]*");
  CHECK(std::regex_replace(ask(s.port(), get("/hello")), date, "Date: now") == head + "hello\n");
  CHECK(std::regex_replace(ask(s.port(), "HEAD /hello HTTP/1.1\r\n\r\n"), date, "Date: now") == head);
  CHECK(ask(s.port(), get("/hello?x=1")).ends_with("\r\n\r\nhello\n"));
  CHECK(ask(s.port(), "GET /hello HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nhello\n"));
  const std::string missing = ask(s.port(), get("/"));
  CHECK(missing.starts_with("HTTP/1.1 404 "));
  CHECK(missing.ends_with("\r\n\r\nno\n"));
}

TEST_CASE("its thread can give up its capabilities before it serves strangers") {
  const auto s = HttpServer::listen("127.0.0.1:0", hello, {}, [] { return keep_capabilities(0); });
  REQUIRE(s.has_value());
  CHECK(ask(s->port(), get("/capabilities")).ends_with("\r\n\r\n0"));
}

TEST_CASE("where its thread cannot do first what it should, nothing is served") {
  const auto s = HttpServer::listen("127.0.0.1:0", hello, {}, []() -> Status { return fail("no"); });
  REQUIRE_FALSE(s.has_value());
  CHECK(s.error().text == "no");
}

TEST_CASE("it serves behind the seccomp filter of its thread" * doctest::skip(!has_seccomp())) {
  const auto s = HttpServer::listen("127.0.0.1:0", hello, {}, [] { return allow_only(Work::front); });
  REQUIRE(s.has_value());
  CHECK(ask(s->port(), get("/hello")).ends_with("\r\n\r\nhello\n"));
  CHECK(ask(s->port(), get("/big")).ends_with("\r\n\r\n" + std::string(20'000'000, 'x')));
}

TEST_CASE("an answer that does not fit into the socket comes whole") {
  const HttpServer s = server();
  CHECK(ask(s.port(), get("/big")).ends_with("\r\n\r\n" + std::string(20'000'000, 'x')));
  const Fd fd = connect_to(s.port());
  say(fd, get("/big"));
  shutdown(fd.get(), SHUT_WR);
  CHECK(rest(fd)->ends_with("\r\n\r\n" + std::string(20'000'000, 'x')));
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
  for (const char* request : {"\r\n\r\n", "GET\r\n\r\n", "GET /hello\r\n\r\n", "GET /hello SPDY/3\r\n\r\n",
                              "GET /hello HTTP/1.1\r\nno header\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"})
    CHECK_MESSAGE(ask(s.port(), request).starts_with("HTTP/1.1 400 "), request);
  CHECK(ask(s.port(), get("/hello")).ends_with("hello\n"));
}

TEST_CASE("methods other than GET and HEAD are refused, with the names of these") {
  const HttpServer s = server();
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const std::string answer = ask(s.port(), method + std::string(" /hello HTTP/1.1\r\n\r\n"));
    CHECK_MESSAGE(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"), method);
  }
  for (const char* method : {"OPTIONS", "BREW"})
    CHECK_MESSAGE(ask(s.port(), method + std::string(" / HTTP/1.1\r\n\r\n")).starts_with("HTTP/1.1 501 "), method);
}

TEST_CASE("a body is refused, and who still sends it gets to know") {
  const HttpServer s = server();
  const std::string head = "POST /hello HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";
  const std::string answer = ask(s.port(), head + std::string(1'000'000, 'x'));
  CHECK(answer.starts_with("HTTP/1.1 413 "));
  CHECK(answer.ends_with("</HTML>\n"));
}

TEST_CASE("a request that never ends is cut off") {
  const HttpServer s = server({.request_bytes = 1000});
  CHECK(ask(s.port(), "GET /" + std::string(1100, 'x')).starts_with("HTTP/1.1 400 "));
  CHECK(ask(s.port(), "GET /hello HTTP/1.1\r\nX: " + std::string(1100, 'x')).starts_with("HTTP/1.1 400 "));
  std::string headers;
  for (int i = 0; i < 100'000; i++)
    headers += "X: x\r\n";
  CHECK(ask(s.port(), "GET /hello HTTP/1.1\r\n" + headers).starts_with("HTTP/1.1 400 "));
  CHECK(ask(s.port(), "GET /hello HTTP/1.1\r\nX: " + std::string(970, 'x') + "\r\n\r\n").ends_with("hello\n"));
}

TEST_CASE("one that sends nothing, or does not take its answer, is dropped") {
  const HttpServer s = server({.milliseconds = 200});
  const Fd silent = connect_to(s.port());
  const auto began = Clock::now();
  CHECK(rest(silent) == "");
  CHECK(Clock::now() - began > 150ms);
  const Fd deaf = connect_to(s.port());
  say(deaf, get("/big"));
  CHECK(rest(connect_to(s.port())) == ""); // came later, and its time is over: so is the other one's
  const auto cut = rest(deaf);
  REQUIRE(cut);
  CHECK(cut->size() < 20'000'000);
}

TEST_CASE("one that sends a byte now and then has no more time than others") {
  const HttpServer s = server({.milliseconds = 300});
  const auto began = Clock::now();
  const Fd fd = connect_to(s.port());
  const timeval pause{0, 50'000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
  char byte = 0;
  do
    say(fd, "G");
  while (recv(fd.get(), &byte, 1, 0) < 0 && errno == EAGAIN && Clock::now() - began < 10s);
  CHECK(Clock::now() - began > 250ms);
  CHECK(Clock::now() - began < 5s);
}

TEST_CASE("one more than there is room for takes the place of the oldest") {
  const HttpServer s = server({.milliseconds = 60'000});
  std::vector<Fd> slow;
  for (int i = 0; i < 17; i++) {
    slow.push_back(connect_to(s.port()));
    say(slow.back(), "GET /he");
  }
  CHECK(rest(slow.front()) == "");
  for (int i = 1; i < 17; i++) {
    say(slow[i], "llo HTTP/1.1\r\n\r\n");
    CHECK(rest(slow[i])->ends_with("hello\n"));
  }
}

TEST_CASE("many who are slow keep nobody from an answer, nor do many who are quick") {
  const HttpServer s = server({.connections = 4, .milliseconds = 60'000});
  std::vector<Fd> slow;
  for (int i = 0; i < 40; i++) {
    slow.push_back(connect_to(s.port()));
    say(slow.back(), "GET /he");
  }
  for (int i = 0; i < 40; i++)
    CHECK(ask(s.port(), get("/hello")).ends_with("hello\n"));
  CHECK(rest(slow.front()) == "");
  say(slow.back(), "llo HTTP/1.1\r\n\r\n");
  CHECK(rest(slow.back())->ends_with("hello\n"));
}

TEST_CASE("at its end it waits for nobody") {
  std::optional<HttpServer> s = server({.milliseconds = 60'000});
  const Fd asked = connect_to(s->port()), silent = connect_to(s->port());
  say(asked, get("/big"));
  CHECK(ask(s->port(), get("/hello")).ends_with("hello\n"));
  s.reset();
  CHECK(rest(silent) == "");
}

TEST_CASE("where it listens") {
  CHECK(parse_address("9731")->host == "127.0.0.1");
  CHECK(parse_address(":9731")->port == 9731);
  CHECK(parse_address("0.0.0.0:9731")->host == "0.0.0.0");
  CHECK(parse_address("[::1]:9731")->host == "::1");
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "1.2.3.4:99999", "::1:9731", "[::1]", "a:b"})
    CHECK_MESSAGE(!parse_address(text), text);
}

TEST_CASE("it listens on loopback, unless told another address") {
  for (const char* address : {"0", ":0", "127.0.0.1:0", "0.0.0.0:0", "[::]:0"}) {
    const auto s = HttpServer::listen(address, hello);
    if (!s && address[0] == '[') continue; // no IPv6 here
    REQUIRE(s);
    CHECK(ask(s->port(), get("/hello")).ends_with("hello\n"));
  }
}

TEST_CASE("an address that is taken, or is not this host's, is refused with a reason") {
  const HttpServer s = server();
  const auto taken = HttpServer::listen("127.0.0.1:" + std::to_string(s.port()), hello);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text == "cannot listen on 127.0.0.1:" + std::to_string(s.port()) + ": Address already in use");
  CHECK_FALSE(HttpServer::listen("192.0.2.1:0", hello));
  CHECK(HttpServer::listen("x", hello).error().text == "cannot listen on x: it is not like 127.0.0.1:9731");
  CHECK(HttpServer::listen("a.b:1", hello).error().text == "cannot listen on a.b:1: a.b is no IP address");
}
