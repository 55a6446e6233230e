// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The veneers through which modules of arm64 call the kernel.
#include "../../user/resolve/insn.hpp"
#include "../../user/resolve/symbols.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace xs;

namespace {

using Words = std::vector<uint32_t>;
constexpr uint32_t kBti = 0xd503245f, kJump = 0xd61f0200;

uint32_t adrp(int64_t pages) {
  const auto imm = static_cast<uint32_t>(pages);
  return 0x90000010 | (imm & 3) << 29 | (imm >> 2 & 0x7ffff) << 5;
}

uint32_t add(uint32_t number) {
  return 0x91000210 | number << 10;
}

std::optional<uint64_t> leads(const Words& words, uint64_t address) {
  std::vector<uint8_t> bytes;
  for (const uint32_t word : words)
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<uint8_t>(word >> shift));
  return aarch64().veneer(bytes, address);
}

} // namespace

TEST_CASE("a veneer leads to a page and an offset, forwards and backwards") {
  constexpr uint64_t kAt = 0xffff800001234ffc;
  CHECK(leads({adrp(0x12345), add(0x678), kJump}, kAt) == 0xffff800001234000 + 0x12345678);
  CHECK(leads({adrp(-0x12345), add(0xffc), kJump}, kAt) == 0xffff800001234000 - 0x12345000 + 0xffc);
  CHECK(leads({kBti, adrp(1), add(4), kJump}, kAt) ==
        0xffff800001236004); // the page of the adrp, which is the next one
}

TEST_CASE("what is cut, or goes elsewhere, is no veneer") {
  CHECK(!leads({adrp(1), add(4)}, 0x1000));
  CHECK(!leads({}, 0x1000));
  CHECK(!leads({adrp(1), add(4), 0xd61f0220}, 0x1000));      // br x17
  CHECK(!leads({adrp(1) | 1, add(4), kJump}, 0x1000));       // adrp x17
  CHECK(!leads({adrp(1), add(4) | 1 << 22, kJump}, 0x1000)); // shifted by 12
  CHECK(!leads({adrp(1), add(4) ^ 1 << 5, kJump}, 0x1000));  // add x16, x17
}

TEST_CASE("a veneer has the function's name, and is not one of the functions") {
  SymbolTable table;
  table.add_line("1000 T kfree_skb");
  table.add_line("9000 t f\t[m]");
  table.sort();
  table.add_veneer(0x9800, table.name_at(0x1000), "m");
  table.sort();
  CHECK(table.name_at(0x9800) == "kfree_skb");
  CHECK(table.functions([](std::string_view) { return true; }).size() == 2);
  CHECK(table.address_of("kfree_skb") == 0x1000);
}
