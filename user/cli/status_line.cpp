// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Overwrites a line of the terminal.
#include "status_line.hpp"

#include "../render/wrap.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace xs {

size_t terminal_width(int fd) {
  constexpr size_t kUsual = 80;
  winsize size{};
  if (!isatty(fd)) return 0;
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : kUsual;
}

StatusLine::StatusLine(bool wanted) {
  const char* term = std::getenv("TERM");
  on_ = wanted && isatty(STDERR_FILENO) && term && std::strcmp(term, "dumb") != 0;
}

void StatusLine::show(const std::string& text) {
  if (!on_) return;
  const size_t width = terminal_width(STDERR_FILENO);
  std::fprintf(stderr, "\r%s\x1b[K", cut(text, width ? width - 1 : 0).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void StatusLine::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

} // namespace xs
