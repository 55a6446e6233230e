// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A status line that is overwritten, if stderr is a terminal.
#pragma once

#include <cstddef>
#include <string>

namespace xs {

// Columns of the terminal; 0: the descriptor is no terminal.
size_t terminal_width(int fd);

class StatusLine {
public:
  explicit StatusLine(bool wanted);
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  bool on() const { return on_; }
  void show(const std::string& text);
  // Call it before anything else is written to the terminal.
  void clear();

private:
  bool on_ = false;
  bool shown_ = false;
};

} // namespace xs
