// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What is known behind computed jumps: through a table, or to the address in a register.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr uint64_t kTable = 0xffffffff82000000;
const char* const kThroughTable = "ff 24 c5 00 00 00 82 | jmp [table+rax*8]";

// rbx is the packet at `counted`, but for the jump, which leaves something else there.
Code counted_behind(const char* jump) {
  return {"48 83 ec 08 | sub rsp, 8",
          "je other",
          "48 8b 5e 08 | mov rbx, [rsi+8]",
          jump,
          "other:",
          "48 89 fb | mov rbx, rdi",
          "counted:",
          "31 ff | xor edi, edi",
          "48 8b 46 50 | mov rax, [rsi+0x50]",
          "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
          "48 83 c4 08 | add rsp, 8",
          "c3 | ret",
          "case:",
          "48 89 fb | mov rbx, rdi",
          "jmp counted"};
}

std::string known_through(const Code& code, std::initializer_list<const char*> targets) {
  KernelImage image = small_kernel(code);
  Labels labels;
  assemble(code, kStart, &labels);
  for (const char* target : targets)
    image.tables[kTable].push_back(labels.at(target));
  return known(image);
}

bool knows_packet(const std::string& known) {
  return known.starts_with("skb=rbx(argument)");
}

} // namespace

TEST_CASE("a jump through a table brings what it knows to code that another way leads to as well") {
  const Code code = counted_behind(kThroughTable);
  CHECK_FALSE(knows_packet(known_through(code, {"counted"})));
  CHECK_FALSE(knows_packet(known_through(code, {"case", "counted"})));
  CHECK(knows_packet(known_through(code, {"other", "case"})));
}

TEST_CASE("a case of a switch is entered from its table alone, and from no static key") {
  Code code = counted_behind(kThroughTable);
  code[2] = "48 89 fb | mov rbx, rdi";
  code[13] = "31 c9 | xor ecx, ecx"; // the case leaves rbx as it was
  code.insert(code.begin() + 2, "0f 1f 44 00 00 | nop, where a static key might be");
  CHECK(knows_packet(known_through(code, {"case"})));
}

TEST_CASE("a jump through a table that is not at hand, or to a register, may lead anywhere in the function") {
  CHECK_FALSE(knows_packet(known_through(counted_behind(kThroughTable), {})));
  CHECK_FALSE(knows_packet(known_through(counted_behind("ff e0 | jmp rax"), {})));
}

TEST_CASE("a jump to a register without a frame calls another function") {
  Code code = counted_behind("ff e0 | jmp rax");
  code.erase(code.begin() + 10); // add rsp, 8
  code.erase(code.begin());
  CHECK(knows_packet(known_through(code, {})));
}
