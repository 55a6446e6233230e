// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes to standard output.
#include "output.hpp"

#include "../render/layout.hpp"
#include "../sys/result.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace xs {

bool secure_standard_streams() {
  const bool has_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return false;
  if (!has_output) std::fputs("xfrm-snap: standard output is closed; give it a file or a pipe\n", stderr);
  return has_output;
}

void complain(const std::string& sentence) {
  std::fputs(fmt::format("xfrm-snap: {}\n", printable(sentence)).c_str(),
             stderr); // which may be gone: fmt::print would throw
}

size_t write_patiently(int fd, std::string_view bytes, Patience& patience) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n == 0) errno = EIO;
    if (n == 0 || (n < 0 && errno != EINTR)) return done;
    done += static_cast<size_t>(std::max<ssize_t>(n, 0)); // a write that was interrupted may have done a part
    if (done == bytes.size() || patience.lasts()) continue;
    errno = EINTR;
    return done;
  }
  return done;
}

// The bytes that were written. All, or it has failed or given up.
size_t Output::write(std::string_view text) {
  const size_t done = write_patiently(fd_, text, patience_);
  if (done == text.size()) return done;
  given_up_ = errno == EINTR;
  if (!given_up_) error_ = errno;
  return done;
}

void Output::print(std::string_view text) {
  add(text);
  flush();
}

void Output::add(std::string_view text) {
  if (closed()) return;
  if (given_up_) return drop();
  added_ += text;
  ends_.push_back(added_.size());
}

void Output::flush() {
  if (added_.empty()) return;
  const size_t done = write(added_);
  if (given_up_) cut(done);
  added_.clear();
  ends_.clear();
}

// After so many bytes of what was added. A text that was begun is ended first.
void Output::cut(size_t done) {
  const auto end = std::ranges::upper_bound(ends_, done);
  const size_t start = end == ends_.begin() ? 0 : end[-1];
  dropped_ += static_cast<uint64_t>(ends_.end() - end);
  if (done > start) rest_ = added_.substr(done, *end - done);
}

// The text that was cut comes first: what follows is to be a line of its own.
void Output::renew_patience() {
  patience_.renew();
  if (!std::exchange(given_up_, false) || rest_.empty() || closed()) return;
  rest_.erase(0, write(rest_));
  if (rest_.empty()) dropped_--;
}

void Output::look() {
  pollfd out{fd_, 0, 0};
  if (!closed() && poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP))) error_ = EPIPE;
}

int Output::exit_code() const {
  if (error_ == 0 || error_ == EPIPE) return 0;
  complain(fmt::format("cannot write to standard output: {}", errno_text(error_)));
  return 1;
}

} // namespace xs
