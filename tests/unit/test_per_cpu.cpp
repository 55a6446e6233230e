// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A variable that the kernel does not name is found by the code that uses it.
#include "../../user/collect/per_cpu.hpp"

#include <doctest/doctest.h>
#include <initializer_list>
#include <vector>

using namespace xs;

namespace {

std::vector<uint8_t> text(std::initializer_list<uint32_t> words) {
  std::vector<uint8_t> out;
  for (const uint32_t word : words)
    for (int shift = 0; shift < 32; shift += 8)
      out.push_back(static_cast<uint8_t>(word >> shift));
  return out;
}

constexpr uint64_t kAt = 0xffff800008123450;

} // namespace

TEST_CASE("what arm64 code indexes with a CPU's number") {
  // adrp x1, two pages on; add x1, x1, #0x7f8; ldr x2, [x1, w0, sxtw #3]
  CHECK(indexed_by_cpu(kAt, text({0xd0000001, 0x911fe021, 0xf860d822})) == 0xffff8000081257f8);
  // adrp x1, one page back
  CHECK(indexed_by_cpu(kAt, text({0xf0ffffe1, 0x911fe021, 0xf860d822})) == 0xffff8000081227f8);
}

TEST_CASE("an index into another array, or an address that is not known, is no answer") {
  CHECK_FALSE(indexed_by_cpu(kAt, text({0xd0000001, 0x911fe021, 0xf860d842}))); // by x2
  CHECK_FALSE(indexed_by_cpu(kAt, text({0xd0000001, 0x91002041, 0xf860d822}))); // add x1, x2, #8
  CHECK_FALSE(indexed_by_cpu(kAt, text({0xd0000001, 0x911fe021, 0xf8607822}))); // by a long
  CHECK_FALSE(indexed_by_cpu(kAt, {}));
}
