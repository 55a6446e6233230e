// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes to standard output.
#include "output.hpp"

#include "../sys/result.hpp"

#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace xs {

bool secure_standard_streams() {
  const bool has_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
  if (!has_output) std::fputs("xfrm-snap: standard output is closed; give it a file or a pipe\n", stderr);
  return has_output;
}

void Output::print(const std::string& text) {
  if (closed()) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size() || std::fflush(stream_) != 0)
    error_ = errno ? errno : EIO;
}

void Output::look() {
  pollfd out{STDOUT_FILENO, 0, 0};
  if (!closed() && poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP))) error_ = EPIPE;
}

int Output::exit_code() const {
  if (error_ == 0 || error_ == EPIPE) return 0;
  fmt::print(stderr, "xfrm-snap: cannot write to standard output: {}\n", errno_text(error_));
  return 1;
}

} // namespace xs
