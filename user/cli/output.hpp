// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Standard output that knows whether anybody still gets it.
#pragma once

#include "stop.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace xs {

// True if standard output, or what makes the program safe without it, is in place. To be called first: a descriptor
// 0, 1 or 2 that was closed would otherwise be given to the next file that is opened, and be written to.
bool secure_standard_streams();

// A sentence for people, on stderr.
void complain(const std::string& sentence);

// Writes all of it, or as much as a reader takes in the time that it is given. The bytes that were written; errno says
// why they are not all: EINTR, it took too long.
size_t write_patiently(int fd, std::string_view bytes, Patience& patience);

// What is printed goes out at once, also into a pipe.
class Output {
public:
  // `stop`: once it asks, the reader gets a moment more, and what it does not take by then is dropped; none: it is
  // waited for.
  explicit Output(int fd = STDOUT_FILENO, const Stop* stop = nullptr) : fd_(fd), patience_(stop) {}
  void print(std::string_view text);
  // Prints a text with what is added after it, at `flush`.
  void add(std::string_view text);
  void flush();
  // Bytes that wait for it.
  size_t waiting() const { return added_.size(); }
  // Gives the reader another moment for what is printed next.
  void renew_patience();
  // True once a write failed, or the reader of a pipe has left.
  bool closed() const { return error_ != 0; }
  // Texts of which a reader did not take all.
  uint64_t dropped() const { return dropped_; }
  // Whether the next line is dropped.
  bool given_up() const { return given_up_; }
  // Counts a line that was not even made, since it would be dropped.
  void drop() { dropped_++; }
  // To be asked for now and then: a reader that left is noticed even while there is nothing to print.
  void look();
  // 0; or 1 after having said on stderr why output was lost. A reader that left (| head) lost nothing it wanted.
  int exit_code() const;

private:
  int fd_;
  Patience patience_;
  std::string added_;        // and not written yet
  std::vector<size_t> ends_; // of the texts in it
  std::string rest_;         // of a text that was cut
  bool given_up_ = false;
  uint64_t dropped_ = 0;
  int error_ = 0; // errno of the first write that failed

  size_t write(std::string_view text);
  void cut(size_t done);
};

} // namespace xs
