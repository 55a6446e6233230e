// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Places where a number becomes -1 and every path increments the counter or returns an error: only proved ones
// count.
#include "../../user/resolve/blocked.hpp"
#include "../../user/resolve/trace.hpp"
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

const Code kHealthy{"31 c0 | xor eax, eax", "c3 | ret"};
const Code kBlock{"block:", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                  "c3 | ret"};

// Whether the first instruction of `start` proves it, with a healthy return behind it and the increment at "block".
bool proved(Code start, const Code& behind = {}) {
  for (const Code& part : {kHealthy, kBlock, behind})
    start.insert(start.end(), part.begin(), part.end());
  const KernelImage image = small_kernel(start);
  const Trace traced = trace(image, image.btf.types(), image.functions[0]);
  std::set<uint64_t> goals;
  for (const Increment& one : traced.increments)
    goals.insert(one.address);
  REQUIRE(goals.size() == 1);
  return surely_blocks(traced.graph, kStart, goals, *image.arch, image.symbols);
}

Code joined(Code a, const Code& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Code kOnes{"83 cb ff | or ebx, -1"};
const Code kAsk{"85 db | test ebx, ebx", "js block"};

} // namespace

TEST_CASE("a branch that asks for the number's sign decides the way") {
  CHECK(proved(joined(kOnes, kAsk)));
  CHECK(proved({"bb ff ff ff ff | mov ebx, -1", "85 db | test ebx, ebx", "js block"}));
  CHECK(proved({"83 cb ff | or ebx, -1", "89 d9 | mov ecx, ebx", "83 f9 ff | cmp ecx, -1", "je block"}));
  CHECK(!proved({"83 cb ff | or ebx, -1", "85 ff | test edi, edi", "js block"}));
  CHECK(!proved({"83 cb ff | or ebx, -1", "85 db | test ebx, ebx", "je block"}));
}

TEST_CASE("what the number was lost to proves nothing") {
  CHECK(proved(joined(kOnes, joined({"call get_state"}, kAsk))));
  CHECK(!proved({"83 c9 ff | or ecx, -1", "call get_state", "85 c9 | test ecx, ecx", "js block"}));
  CHECK(!proved(joined(kOnes, joined({"89 fb | mov ebx, edi"}, kAsk))));
  CHECK(!proved(joined(kOnes, joined({"85 db | test ebx, ebx", "01 ff | add edi, edi", "js block"}, {}))));
}

TEST_CASE("the number is followed through memory that nobody else may have written") {
  const Code store = joined(kOnes, {"89 5f 08 | mov [rdi+0x8], ebx"});
  const Code load{"8b 5f 08 | mov ebx, [rdi+0x8]", "85 db | test ebx, ebx", "js block"};
  CHECK(proved(joined(store, load)));
  CHECK(proved(joined(store, joined({"89 47 0c | mov [rdi+0xc], eax"}, load))));
  CHECK(!proved(joined(store, joined({"89 47 06 | mov [rdi+0x6], eax"}, load))));
  CHECK(!proved(joined(store, joined({"89 46 20 | mov [rsi+0x20], eax"}, load))));
  CHECK(!proved(joined(store, joined({"48 89 f7 | mov rdi, rsi"}, load))));
  CHECK(!proved(joined(store, joined({"call get_state"}, load))));
  CHECK(proved(joined({"c7 47 08 ff ff ff ff | mov dword ptr [rdi+0x8], -1"}, load)));
}

TEST_CASE("a way may leave by an error, but by nothing else") {
  const auto leaves_with = [](const Code& out) {
    return proved(joined(kOnes, joined({"85 ff | test edi, edi", "je out"}, kAsk)), joined({"out:"}, out));
  };
  CHECK(leaves_with({"48 c7 c0 fe ff ff ff | mov rax, -2", "c3 | ret"}));
  CHECK(leaves_with({"b9 fe ff ff ff | mov ecx, -2", "48 63 c1 | movsxd rax, ecx", "c3 | ret"}));
  CHECK(!leaves_with({"b8 fe ff ff ff | mov eax, 0xfffffffe", "c3 | ret"}));
  CHECK(!leaves_with({"48 89 f8 | mov rax, rdi", "c3 | ret"}));
  CHECK(!leaves_with({"31 c0 | xor eax, eax", "c3 | ret"}));
  CHECK(!leaves_with({"call get_state", "c3 | ret"}));
}

TEST_CASE("an error pointer stays one in its copies, and what was accessed is none") {
  const Code asks{"call get_state", "48 89 c5 | mov rbp, rax", "48 3d 00 f0 ff ff | cmp rax, -0x1000", "ja out"};
  const Code out{"out:", "48 89 e8 | mov rax, rbp", "c3 | ret"};
  CHECK(proved(joined(kOnes, joined(asks, kAsk)), out));
  const Code again{"48 81 fd 00 f0 ff ff | cmp rbp, -0x1000", "jbe block"};
  CHECK(proved(joined(kOnes, joined(asks, again)), out));
  const Code accessed{"call get_state", "48 8b 48 08 | mov rcx, [rax+0x8]", "48 85 c0 | test rax, rax", "jne block"};
  CHECK(proved(joined(kOnes, accessed)));
  const Code another{"call get_state", "48 8b 48 08 | mov rcx, [rax+0x8]", "call get_state", "48 85 c0 | test rax, rax",
                     "jne block"};
  CHECK(!proved(joined(kOnes, another)));
}

TEST_CASE("where no way comes to the increment nothing is proved") {
  CHECK(!proved({"83 cb ff | or ebx, -1", "85 db | test ebx, ebx", "js out", "jmp block"},
                {"out:", "48 c7 c0 ff ff ff ff | mov rax, -1", "c3 | ret"}));
}
