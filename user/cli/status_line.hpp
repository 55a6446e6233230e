// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A line on stderr that is written over, where stderr is a terminal.
#pragma once

#include <cstddef>
#include <string>

namespace xs {

// Columns of the terminal behind the descriptor; 0: it is none.
size_t terminal_width(int fd);

class StatusLine {
public:
  explicit StatusLine(bool wanted);
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  bool on() const { return on_; }
  void show(const std::string& text);
  // To be called before anything else is written to a terminal.
  void clear();

private:
  bool on_ = false;
  bool shown_ = false;
};

} // namespace xs
