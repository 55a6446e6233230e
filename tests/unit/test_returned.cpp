// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The value that a function will return after it has counted an error.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

const Code kCountOut{"53 | push rbx", "call get_net", "48 8b 40 50 | mov rax, [rax+0x50]",
                     "65 48 ff 40 78 | inc qword ptr gs:[rax+0x78]"};

// Of the only site.
std::string error_at(const Resolution& r) {
  REQUIRE(r.sites.size() == 1);
  const std::string text = describe(r.sites[0]);
  const size_t at = text.find(" error=");
  return at == std::string::npos ? "none" : text.substr(at + 7, text.find(' ', at + 1) - at - 7);
}

// `after`: what follows the increment of XfrmOutError.
std::string returned(Code after) {
  after.insert(after.begin(), kCountOut.begin(), kCountOut.end());
  return error_at(resolve(small_kernel(after)));
}

const std::string kReturn = "c3 | ret", kGive = "89 d8 | mov eax, ebx";

} // namespace

TEST_CASE("the register that the result will come from is known where an error is counted") {
  CHECK(returned({kGive, kReturn}) == "rbx(returned)");
  CHECK(returned({"call use_skb", kGive, kReturn}) == "rbx(returned)");
  CHECK(returned({"41 89 dd | mov r13d, ebx", "call use_skb", "44 89 e8 | mov eax, r13d", kReturn}) == "rbx(returned)");
  CHECK(returned({kGive, "5b | pop rbx", kReturn}) == "rbx(returned)");
  CHECK(returned({kGive, "jmp __x86_return_thunk"}) == "rbx(returned)");
  CHECK(returned({"je fail", kGive, kReturn, "fail:", "call __stack_chk_fail"}) == "rbx(returned)");
  CHECK(returned({"again:", "call use_skb", "je again", kGive, kReturn}) == "rbx(returned)");
}

TEST_CASE("a constant is an error, too, and 0 is none") {
  CHECK(returned({"b8 ea ff ff ff | mov eax, -22", kReturn}) == "-22(returned)");
  CHECK(returned({"bb f4 ff ff ff | mov ebx, -12", "call use_skb", kGive, kReturn}) == "-12(returned)");
  CHECK(returned({"31 c0 | xor eax, eax", kReturn}) == "none");
  CHECK(returned({"b8 01 00 00 00 | mov eax, 1", kReturn}) == "none");
  // -EINPROGRESS becomes 0
  CHECK(returned({"83 fb 8d | cmp ebx, -115", "jne keep", "31 db | xor ebx, ebx", "keep:", kGive, kReturn}) ==
        "rbx(returned)");
}

TEST_CASE("what is not certain is not claimed") {
  CHECK(returned({"je other", kGive, kReturn, "other:", "44 89 e8 | mov eax, r13d", kReturn}) == "none");
  CHECK(returned({"je other", kGive, kReturn, "other:", "b8 ea ff ff ff | mov eax, -22", kReturn}) == "none");
  CHECK(returned({"89 c8 | mov eax, ecx", "call use_skb", kReturn}) == "none");
  CHECK(returned({"call use_skb", "89 c8 | mov eax, ecx", kReturn}) == "none"); // the callee's
  CHECK(returned({"ff c3 | inc ebx", kGive, kReturn}) == "none");
  CHECK(returned({"88 d8 | mov al, bl", kReturn}) == "none");
  CHECK(returned({"8b 44 24 08 | mov eax, [rsp+0x8]", kReturn}) == "none");
  CHECK(returned({kGive, "jmp use_skb"}) == "none");
  CHECK(returned({kGive, "ff e1 | jmp rcx"}) == "none");
}

TEST_CASE("only numbers are errors, and only on the way out") {
  Code code = kCountOut;
  code.insert(code.end(), {kGive, kReturn});
  CHECK(error_at(resolve(small_kernel({kReturn}, "use_skb", code))) == "rbx(returned)");
  CHECK(error_at(resolve(small_kernel({kReturn}, "dst_release", code))) == "none"); // returns nothing
  CHECK(error_at(resolve(small_kernel({kReturn}, "get_state", code))) == "none");   // returns a pointer
  code[3] = "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]";                          // XfrmInError
  CHECK(error_at(resolve(small_kernel(code))) == "none");
}
