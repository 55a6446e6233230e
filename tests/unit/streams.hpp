// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Captures what the program prints.
#pragma once

#include <cstdio>
#include <string>
#include <unistd.h>

namespace xs::test {

// What is written to a stream of the C library meanwhile.
template <class Act> std::string written(FILE* stream, Act&& act) {
  FILE* file = std::tmpfile();
  std::fflush(stream);
  const int kept = dup(fileno(stream));
  dup2(fileno(file), fileno(stream));
  act();
  std::fflush(stream);
  dup2(kept, fileno(stream));
  close(kept);
  std::string out(1 << 14, '\0');
  std::rewind(file);
  out.resize(std::fread(out.data(), 1, out.size(), file));
  std::fclose(file);
  return out;
}

} // namespace xs::test
