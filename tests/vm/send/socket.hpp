// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sockets as the sub-commands use them: opened, bound and marked, closed by themselves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "address.hpp"
#include "args.hpp"
#include "packet.hpp"

namespace lab {

/// A file descriptor that closes itself.
class Fd {
public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  int get() const { return fd_; }

private:
  int fd_;
};

Fd open_socket(int family, int type, int protocol);

/// Sets an int option; `what` names it in the error's text.
void set_option(const Fd& socket, int level, int option, int value, const char* what);

struct Ends {
  Address src;
  Address dst;
};

/// src= and dst= with sport= and dport=, or these ports if the keys are not given.
Ends ends_of(const Args& args, uint16_t sport, uint16_t dport);

/// The keys that every sending sub-command understands.
inline const std::string kSendKeys = "src dst mark dev count interval";

/// A socket bound to `src` and, if the keys say so, with a mark and to a device.
Fd sending_socket(const Args& args, const Address& src, int type, int protocol);

/// Calls `send_one` count= times (default 1), interval= milliseconds apart (default 0), and prints how many were sent.
/// It is told its turn, from 0, and says whether the kernel took the packet; a refusal is no failure of the program.
void send_many(const Args& args, const std::function<bool(uint32_t)>& send_one);

/// Sends to `dst`; false and errno if the kernel refused.
bool send_to(const Fd& socket, const Address& dst, const Bytes& data, int flags = 0);

/// Becomes the program of the words; returns only by throwing SystemError.
[[noreturn]] void execute(const std::vector<std::string>& words);

/// The same for a forked child: ends it with 127 where the program cannot be run.
[[noreturn]] void execute_or_exit(const std::vector<std::string>& words);

/// Keeps what is open until somebody kills the process; nothing of it reaches the caller's terminal or pipes.
[[noreturn]] void stay();

/// Runs the words after "--" and waits for their end; throws if they fail.
void run_command(const Args& args);

} // namespace lab
