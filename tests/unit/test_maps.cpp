// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "../../user/collect/maps.hpp"

#include <doctest/doctest.h>

namespace xs {

TEST_CASE("a map that cannot be read is told from an empty one") {
  int error = 0;
  CHECK(read_rows<uint64_t, uint64_t>(-1, error).empty());
  CHECK(error != 0); // EBADF, or EPERM where bpf(2) is refused altogether
}

} // namespace xs
