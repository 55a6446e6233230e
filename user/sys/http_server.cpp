// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Runs libevent's HTTP server in a thread, and adds a deadline for each connection and a limit to their number, which
// it lacks.
#include "http_server.hpp"

#include <charconv>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <future>
#include <list>
#include <memory>
#include <netinet/in.h>
#include <sys/eventfd.h>

namespace xs {
namespace {

// Told of a timeout, evhttp drops its reference; the last one closes the socket.
void cut(bufferevent* stream) {
  bufferevent_trigger_event(stream, BEV_EVENT_TIMEOUT, 0);
  bufferevent_decref(stream);
}

template <class T, auto free> using Owned = std::unique_ptr<T, std::integral_constant<decltype(free), free>>;

struct Connection {
  std::list<Connection>& all;
  Owned<bufferevent, cut> stream;
  Owned<event, event_free> deadline;
};

struct Loop {
  HttpHandler handler;
  HttpLimits limits;
  Owned<event_base, event_base_free> base{event_base_new()};
  Owned<evhttp, evhttp_free> http{base ? evhttp_new(base.get()) : nullptr};
  Owned<event, event_free> stop{};
  std::list<Connection> connections{}; // the oldest one first
};

// evhttp removes its callbacks from a connection that it has answered. The socket stays open until the next connection
// or its deadline: closing at once could lose the answer to a client that is still sending (RFC 9112, 9.6).
bool answered(const Connection& one) {
  bufferevent_event_cb told = nullptr;
  bufferevent_getcb(one.stream.get(), nullptr, nullptr, &told, nullptr);
  return !told;
}

void on_deadline(int, short, void* connection) {
  const auto* late = static_cast<Connection*>(connection);
  late->all.remove_if([late](const Connection& one) { return &one == late; });
}

// The stream from which evhttp reads an accepted connection.
bufferevent* on_connection(event_base* base, void* arg) {
  Loop& loop = *static_cast<Loop*>(arg);
  const HttpLimits& limits = loop.limits;
  loop.connections.remove_if(answered);
  if (loop.connections.size() >= limits.connections) loop.connections.pop_front();
  bufferevent* stream = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setwatermark(stream, EV_READ, 0, limits.request_bytes + 1); // with one more it is refused
  bufferevent_incref(stream);
  loop.connections.push_back({loop.connections, Owned<bufferevent, cut>(stream), {}});
  Connection& one = loop.connections.back();
  one.deadline.reset(evtimer_new(base, on_deadline, &one));
  const timeval patience{limits.milliseconds / 1000, limits.milliseconds % 1000 * 1000};
  evtimer_add(one.deadline.get(), &patience);
  return stream;
}

void on_request(evhttp_request* request, void* loop) {
  const auto method = evhttp_request_get_command(request);
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  HttpAnswer answer{.status = 405, .body = "Method Not Allowed\n"};
  if (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD)
    answer = static_cast<Loop*>(loop)->handler(evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request)));
  else
    evhttp_add_header(headers, "Allow", "GET, HEAD");
  evhttp_add_header(headers, "Content-Type", answer.type.c_str());
  evhttp_add_header(headers, "Content-Length", std::to_string(answer.body.size()).c_str());
  evhttp_add_header(headers, "Connection", "close");
  const Owned<evbuffer, evbuffer_free> body(evbuffer_new());
  if (method != EVHTTP_REQ_HEAD) evbuffer_add(body.get(), answer.body.data(), answer.body.size());
  bufferevent* stream = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
  evhttp_send_reply(request, answer.status, nullptr, body.get());
  bufferevent_disable(stream, EV_READ); // a client that has shut down its sending side still wants the whole answer
}

// False: see errno.
bool prepare(Loop& loop, int stop) {
  if (!loop.http) return false;
  const auto on_stop = [](int, short, void* base) { event_base_loopbreak(static_cast<event_base*>(base)); };
  loop.stop.reset(event_new(loop.base.get(), stop, EV_READ, on_stop, loop.base.get()));
  evhttp_set_bevcb(loop.http.get(), on_connection, &loop);
  evhttp_set_gencb(loop.http.get(), on_request, &loop);
  evhttp_set_max_headers_size(loop.http.get(), static_cast<ev_ssize_t>(loop.limits.request_bytes));
  evhttp_set_max_body_size(loop.http.get(), 0);
  return event_add(loop.stop.get(), nullptr) == 0;
}

// The port is at the same offset in sockaddr_in6 and sockaddr_in.
in_port_t& port_in(sockaddr_storage& address) {
  return reinterpret_cast<sockaddr_in&>(address).sin_port;
}

} // namespace

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
  return HostPort{host.empty() ? "127.0.0.1" : host, number};
}

Result<HttpServer> HttpServer::listen(const std::string& text, HttpHandler handler, HttpLimits limits,
                                      std::function<Status()> first) {
  const auto address = parse_address(text);
  if (!address) return fail("cannot listen on {}: it is not like 127.0.0.1:9731", text);
  sockaddr_storage bytes{};
  auto* where = reinterpret_cast<sockaddr*>(&bytes);
  int size = sizeof(bytes);
  if (evutil_parse_sockaddr_port(address->host.c_str(), where, &size))
    return fail("cannot listen on {}: {} is no IP address", text, address->host);
  port_in(bytes) = htons(address->port);

  event_set_log_callback([](int, const char*) {}); // it would go to stderr
  Fd stop(eventfd(0, EFD_CLOEXEC));
  std::unique_ptr<Loop> loop(new Loop{std::move(handler), limits});
  constexpr unsigned kFlags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
  evconnlistener* listener = nullptr;
  if (stop && prepare(*loop, stop.get()))
    listener = evconnlistener_new_bind(loop->base.get(), nullptr, nullptr, kFlags, 64, where, size);
  if (!listener || !evhttp_bind_listener(loop->http.get(), listener))
    return fail("cannot listen on {}: {}", text, errno_text());
  socklen_t room = sizeof(bytes);
  getsockname(evconnlistener_get_fd(listener), where, &room);
  std::promise<Status> begun;
  auto ready = begun.get_future();
  std::thread thread([loop = std::move(loop), first = std::move(first), begun = std::move(begun)]() mutable {
    const Status able = first();
    begun.set_value(able);
    if (able) event_base_dispatch(loop->base.get());
  });
  if (const Status able = ready.get(); !able) {
    thread.join();
    return tl::unexpected(able.error());
  }
  return HttpServer(std::move(stop), std::move(thread), ntohs(port_in(bytes)));
}

HttpServer::~HttpServer() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof(one)) == sizeof(one)) thread_.join();
}

} // namespace xs
