// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sends any request to the server of --metrics, over a real socket.
#include "../../user/sys/http_server.hpp"

#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace xs;

namespace {

// The server's library does not tell the fuzzer of its branches, so that it would hardly come upon these.
constexpr const char* kBeginnings[] = {"", "GET /", "HEAD /metrics HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: ",
                                       "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"};

HttpAnswer echo(std::string_view path) {
  return {.body = std::string(path)};
}

uint16_t port() {
  static const auto server = HttpServer::listen("0", echo);
  if (!server) std::abort();
  return server->port();
}

Fd connected() {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to))) std::abort();
  return fd;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Fd fd = connected();
  const std::string request = kBeginnings[size % std::size(kBeginnings)] + std::string(data, data + size);
  send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
  shutdown(fd.get(), SHUT_WR);
  std::string answer;
  char bytes[4096];
  for (ssize_t n = 0; (n = recv(fd.get(), bytes, sizeof(bytes), 0)) > 0;)
    answer.append(bytes, static_cast<size_t>(n));
  if (!answer.empty() && !answer.starts_with("HTTP/")) std::abort();
  return 0;
}
