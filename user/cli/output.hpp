// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Standard output that knows whether anybody still gets it.
#pragma once

#include <cstdio>
#include <string>

namespace xs {

// True if standard output, or what makes the program safe without it, is in place. To be called first: a descriptor
// 0, 1 or 2 that was closed would otherwise be given to the next file that is opened, and be written to.
bool secure_standard_streams();

// Data goes out at once, also into a pipe.
class Output {
public:
  explicit Output(FILE* stream = stdout) : stream_(stream) {}
  void print(const std::string& text);
  // True once a write failed, or the reader of a pipe has left.
  bool closed() const { return error_ != 0; }
  // To be asked for now and then: a reader that left is noticed even while there is nothing to print.
  void look();
  // 0; or 1 after having said on stderr why output was lost. A reader that left (| head) lost nothing it wanted.
  int exit_code() const;

private:
  FILE* stream_;
  int error_ = 0; // errno of the first write that failed
};

} // namespace xs
