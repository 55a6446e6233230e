// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sockets as the sub-commands use them.
#include "socket.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lab {
namespace {

void bind_to(const Fd& socket, const Address& src) {
  if (bind(socket.get(), src.get(), src.size())) throw SystemError("bind to the source address");
}

} // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Fd open_socket(int family, int type, int protocol) {
  const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw SystemError("open a socket");
  return Fd(fd);
}

void set_option(const Fd& socket, int level, int option, int value, const char* what) {
  if (setsockopt(socket.get(), level, option, &value, sizeof(value)))
    throw SystemError(std::string("set the socket option ") + what);
}

Ends ends_of(const Args& args, uint16_t sport, uint16_t dport) {
  return {Address::parse(args.text("src"), args.port("sport", sport)),
          Address::parse(args.text("dst"), args.port("dport", dport))};
}

Fd sending_socket(const Args& args, const Address& src, int type, int protocol) {
  Fd made = open_socket(src.family(), type, protocol);
  if (args.has("mark")) set_option(made, SOL_SOCKET, SO_MARK, static_cast<int>(args.number("mark")), "SO_MARK");
  const std::string dev = args.text("dev", "");
  if (!dev.empty() &&
      setsockopt(made.get(), SOL_SOCKET, SO_BINDTODEVICE, dev.data(), static_cast<socklen_t>(dev.size())))
    throw SystemError("bind to " + dev);
  set_option(made, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  set_option(made, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");
  bind_to(made, type == SOCK_RAW ? src.without_port() : src);
  return made;
}

void send_many(const Args& args, const std::function<bool(uint32_t)>& send_one) {
  const uint32_t count = args.number("count", 1);
  const uint32_t interval = args.number("interval", 0);
  uint32_t sent = 0;
  int refusal = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (i && interval) usleep(interval * 1000);
    if (send_one(i))
      sent++;
    else
      refusal = errno;
  }
  std::printf("sent %u of %u%s%s\n", sent, count, refusal ? ", the last refusal: " : "",
              refusal ? std::strerror(refusal) : "");
}

bool send_to(const Fd& socket, const Address& dst, const Bytes& data, int flags) {
  return sendto(socket.get(), data.data(), data.size(), flags, dst.get(), dst.size()) >= 0;
}

void execute(const std::vector<std::string>& words) {
  std::vector<char*> raw;
  for (const std::string& word : words)
    raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  execvp(raw[0], raw.data());
  throw SystemError("run " + words[0]);
}

void execute_or_exit(const std::vector<std::string>& words) {
  try {
    execute(words);
  } catch (const SystemError&) {
    _exit(127);
  }
}

void stay() {
  setsid();
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2; fd++)
    dup2(null, fd);
  for (;;)
    pause();
}

void run_command(const Args& args) {
  if (args.command().empty()) throw UsageError("a command is missing after --");
  const pid_t child = fork();
  if (child < 0) throw SystemError("fork");
  if (child == 0) execute_or_exit(args.command());
  int status = 0;
  if (waitpid(child, &status, 0) < 0) throw SystemError("wait for the command");
  if (status) throw std::runtime_error("the command after -- failed");
}

} // namespace lab
