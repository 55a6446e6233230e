// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Where a flow is found that the increment's own code has lost: noted before, or in a caller's frame.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr const char* kBundle = "xfrm_resolve_and_create_bundle";
constexpr const char* kExpand = "xfrm_expand_policies";

// Calls with the flow in rbx, the netns as argument.
Code calling(const std::string& function) {
  return {"53 | push rbx", "48 89 d3 | mov rbx, rdx", "48 89 f7 | mov rdi, rsi", "call " + function, "5b | pop rbx",
          "c3 | ret"};
}
constexpr uint64_t kBack = kStart + 12; // the call's return address there

// The callers of the only site of a function that is called so.
Site called(const Code& caller, const Code& inner) {
  const Resolution r = resolve(small_kernel(caller, kBundle, inner));
  REQUIRE(r.sites.size() == 1);
  return r.sites[0];
}

} // namespace

TEST_CASE("where the flow's register is used again just before the increment, it is noted before") {
  const Code code{"48 89 d3 | mov rbx, rdx",
                  "49 89 f4 | mov r12, rsi",
                  "call get_state",
                  "je on",
                  "c3 | ret",
                  "on:",
                  "41 8b 1c 24 | mov ebx, [r12]",
                  "49 8b 44 24 50 | mov rax, [r12+0x50]",
                  "85 db | test ebx, ebx",
                  "je other",
                  "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                  "c3 | ret",
                  "other:",
                  "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                  "c3 | ret"};
  const Resolution r = resolve(small_kernel(code));
  REQUIRE(r.sites.size() == 2);
  REQUIRE(r.marks.size() == 1); // one for both
  CHECK(r.marks[0].address == kStart + 0x12);
  CHECK(r.marks[0].flow == Operand{.reg = 3});
  CHECK(describe(r.marks[0]) == "xfrm_input+0x12 mark of XfrmInError flow=rbx(argument)");
  for (const Site& site : r.sites) {
    CHECK(!site.operand(Role::flow));
    CHECK(site.marked);
  }
}

TEST_CASE("an instruction that may lead elsewhere, or that another way goes around, is no mark") {
  const auto marked = [](const Code& code) {
    const Resolution r = resolve(small_kernel(code));
    REQUIRE(r.sites.size() == 1);
    CHECK(r.sites[0].marked == !r.marks.empty());
    return r.sites[0].marked;
  };
  const Code start{"48 89 d3 | mov rbx, rdx", "49 89 f4 | mov r12, rsi", "call get_state", "je on", "c3 | ret", "on:"};
  const Code end{"49 8b 44 24 50 | mov rax, [r12+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  const auto with = [&](Code middle) {
    middle.insert(middle.begin(), start.begin(), start.end());
    middle.insert(middle.end(), end.begin(), end.end());
    return marked(middle);
  };
  CHECK(with({"bb 01 00 00 00 | mov ebx, 1"}));
  CHECK(!with({"bb 01 00 00 00 | mov ebx, 1", "call nobody_knows"}));
  CHECK(!with({"bb 01 00 00 00 | mov ebx, 1", "jne away", "jmp count", "away:", "c3 | ret", "count:"}));
  CHECK(with({"jne count", "b9 01 00 00 00 | mov ecx, 1", "count:", "bb 01 00 00 00 | mov ebx, 1"}));
  CHECK(!with(
      {"jne around", "bb 01 00 00 00 | mov ebx, 1", "jmp count", "around:", "49 8b 1c 24 | mov rbx, [r12]", "count:"}));
}

TEST_CASE("a caller's register is found where the function has pushed it") {
  const Code inner{"55 | push rbp",
                   "53 | push rbx",
                   "48 83 ec 10 | sub rsp, 0x10",
                   "48 8b 47 50 | mov rax, [rdi+0x50]",
                   "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                   "c3 | ret"};
  const Site site = called(calling(kBundle), inner);
  CHECK(site.callers == std::vector<CallerFlow>{{kBack, 0x10, {}}});
  CHECK(site.return_at == 0x20);
}

TEST_CASE("a caller's slot lies above the return address") {
  const Code caller{"48 83 ec 18 | sub rsp, 0x18",         "48 89 54 24 08 | mov [rsp+0x8], rdx",
                    "4c 89 4c 24 10 | mov [rsp+0x10], r9", "48 89 f7 | mov rdi, rsi",
                    std::string("call ") + kBundle,        "c3 | ret"};
  const Code inner{"50 | push rax", "48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                   "c3 | ret"};
  const Site site = called(caller, inner);
  REQUIRE(site.callers.size() == 1);
  CHECK(site.callers[0].flow == 0x18);
  CHECK(site.callers[0].dst == 0x20);
  CHECK(site.return_at == 0x8);
}

TEST_CASE("a caller whose register is not pushed first tells nothing") {
  const Code count{"48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  const auto after = [&](Code start) {
    start.insert(start.end(), count.begin(), count.end());
    return called(calling(kBundle), start).callers;
  };
  CHECK(after({"53 | push rbx"}).size() == 1);
  CHECK(after({"55 | push rbp"}).empty());
  CHECK(after({"48 83 ec 10 | sub rsp, 0x10", "53 | push rbx"}).empty());
  CHECK(after({"85 c0 | test eax, eax", "je past", "53 | push rbx", "5b | pop rbx", "past:"}).empty());
}

TEST_CASE("a site that knows its packet asks no caller") {
  const Code inner{"53 | push rbx", "48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                   "c3 | ret"};
  CHECK(called(calling(kBundle), inner).callers.size() == 1);
  const Code own{"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  const Resolution r = resolve(small_kernel(own));
  REQUIRE(r.sites.size() == 1);
  CHECK(r.sites[0].callers.empty());
  CHECK(!r.sites[0].marked);
}

TEST_CASE("where the number of templates becomes -1, the flow is noted for XfrmOutPolBlock") {
  const Code blocked{"call get_net", "48 8b 40 50 | mov rax, [rax+0x50]",
                     "65 48 ff 80 b8 00 00 00 | inc qword ptr gs:[rax+0xb8]", "c3 | ret"};
  Code caller = calling(kExpand);
  caller.pop_back();
  caller.insert(caller.end(), blocked.begin(), blocked.end());
  const Code inner{"53 | push rbx", "31 c0 | xor eax, eax", "c7 07 ff ff ff ff | mov dword ptr [rdi], -1",
                   "c7 07 00 00 00 00 | mov dword ptr [rdi], 0", "c3 | ret"};
  const Resolution r = resolve(small_kernel(caller, kExpand, inner));
  REQUIRE(r.marks.size() == 1);
  CHECK(r.marks[0].offset == 3);
  CHECK(r.marks[0].callers == std::vector<CallerFlow>{{kBack, 0, {}}});
  REQUIRE(r.sites.size() == 1);
  CHECK(r.sites[0].marked);
  CHECK(resolve(small_kernel(inner)).marks.empty()); // in other functions it means something else
}
