// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where small functions of arm64 decide and raise a counter, and what is known there.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

const std::string kCounters = "28 28 40 f9 | ldr x8, [x1, #0x50]", kCpu = "89 d0 38 d5 | mrs x9, tpidr_el1",
                  kCpuOfHost = "89 d0 3c d5 | mrs x9, tpidr_el2", kOne = "2a 00 80 d2 | mov x10, #1",
                  kThird = "08 61 00 91 | add x8, x8, #0x18", kFourth = "08 81 00 91 | add x8, x8, #0x20",
                  kSum = "08 01 09 8b | add x8, x8, x9", kAtOnce = "0b 01 2a f8 | ldadd x10, x11, [x8]",
                  kReturn = "c0 03 5f d6 | ret";
const Code kLoop{"0b 7d 5f c8 | ldxr x11, [x8]", "6b 01 0a 8b | add x11, x11, x10", "0b 7d 0c c8 | stxr w12, x11, [x8]",
                 "ac ff ff 35 | cbnz w12, ldxr"};

Resolution resolved(const Code& code) {
  KernelImage image = small_kernel(code);
  image.arch = &aarch64();
  return resolve(image);
}

// "+0xc 3", of each site.
std::string places(const Code& code) {
  std::string out;
  for (const Site& s : resolved(code).sites)
    out += (out.empty() ? "+" : " +") + std::to_string(s.offset) + " " + std::to_string(s.counter);
  return out;
}

Code with(Code code, const Code& more) {
  code.insert(code.end(), more.begin(), more.end());
  return code;
}

} // namespace

TEST_CASE("arm64: a counter is decided where its offset is added to the counters' address") {
  const Code code{kCounters, kCpu, kOne, kThird, kSum, kAtOnce, kReturn};
  CHECK(places(code) == "+12 3");
  const Resolution r = resolved(code);
  const auto skb = r.sites.at(0).operand(Role::skb);
  REQUIRE(skb);
  CHECK(skb->reg == 0);
  CHECK(r.sites[0].base == CounterBase{8, 0});
  CHECK(!r.sites[0].amount);
  CHECK(r.problems.empty());
}

TEST_CASE("arm64: by a loop of an exclusive load and store, and in a kernel at EL2") {
  CHECK(places(with({kCounters, kCpu, kOne, kThird, kSum}, with(kLoop, {kReturn}))) == "+12 3");
  CHECK(places({kCounters, kOne, kThird, kCpuOfHost, kSum, kAtOnce, kReturn}) == "+8 3");
}

TEST_CASE("arm64: two counters that share an increment are two places") {
  CHECK(places({kCounters, kCpu, kOne, "60 00 00 b4 | cbz x0, fourth", kThird, "02 00 00 14 | b sum", kFourth, kSum,
                kAtOnce, kReturn}) == "+16 3 +24 4");
}

TEST_CASE("arm64: where the increment is not sure, nothing is claimed, and said so") {
  const Resolution r = resolved({kCounters, kCpu, kOne, kThird, "60 00 00 b4 | cbz x0, ret", kSum, kAtOnce, kReturn});
  CHECK(r.sites.empty());
  REQUIRE(r.problems.size() == 1);
  CHECK(r.problems[0] == "xfrm_input+0x18 may count, but no place was found that decides which counter");
}

TEST_CASE("arm64: by how much a counter grows") {
  const std::string load = "0a 00 40 f9 | ldr x10, [x0]", two = "4a 00 80 d2 | mov x10, #2";
  const Resolution before = resolved({kCounters, kCpu, load, kThird, kSum, kAtOnce, kReturn});
  REQUIRE(before.sites.size() == 1);
  CHECK(before.sites[0].amount == 10);
  CHECK(resolved({kCounters, kCpu, kThird, kOne, kSum, kAtOnce, kReturn}).sites.at(0).amount == std::nullopt);
  CHECK(resolved({kCounters, kCpu, kThird, two, kSum, kAtOnce, kReturn}).sites.empty());
}
