// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads a row that a BPF program may be writing, see bpf/row_version.h.
#pragma once

#include <cerrno>

namespace xs {

enum class Settled { whole, torn, gone, refused };

// Reads a row until two reads in a row agree and neither was in the middle of a write. `look_up(row)`: 0, or an error
// with errno set. Torn: that never happened, or the writer was stopped in the middle; `row` is then undefined.
template <class Row, class LookUp> Settled read_settled(const LookUp& look_up, Row& row) {
  constexpr int kLooks = 16;
  const auto failed = [] { return errno == ENOENT ? Settled::gone : Settled::refused; };
  if (look_up(row)) return failed();
  for (int look = 1; look < kLooks; look++) {
    Row again{};
    if (look_up(again)) return failed();
    if (row.version % 2 == 0 && again.version == row.version) return Settled::whole;
    row = again;
  }
  return Settled::torn;
}

} // namespace xs
