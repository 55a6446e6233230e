// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Flows that the code at the increment has lost: noted before, or in a caller's frame.
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
  CHECK(r.marks[0].value == Operand{.reg = 3});
  CHECK(describe(r.marks[0]) == "xfrm_input+0x12 mark of XfrmInError flow=rbx(argument)");
  for (const Site& site : r.sites) {
    CHECK(!site.operand(Role::flow));
    CHECK(site.noted == SiteMark::Kind::flow);
  }
}

TEST_CASE("an instruction that may lead elsewhere, or that another way goes around, is no mark") {
  const auto marked = [](const Code& code) {
    const Resolution r = resolve(small_kernel(code));
    REQUIRE(r.sites.size() == 1);
    CHECK(r.sites[0].noted.has_value() == !r.marks.empty());
    return r.sites[0].noted.has_value();
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
  CHECK(site.callers == std::vector<CallerFlow>{{kBack, {{}, 0x10}, {}}});
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
  CHECK(site.callers[0].flow == Kept{{}, 0x18});
  CHECK(site.callers[0].dst == Kept{{}, 0x20});
  CHECK(site.return_at == 0x8);
}

TEST_CASE("a site that knows its flow, but not of which family it is, asks its callers for the route") {
  const Code caller{"48 83 ec 18 | sub rsp, 0x18",         "48 89 54 24 08 | mov [rsp+0x8], rdx",
                    "4c 89 4c 24 10 | mov [rsp+0x10], r9", "48 89 f7 | mov rdi, rsi",
                    std::string("call ") + kBundle,        "c3 | ret"};
  const Code inner{
      "50 | push rax",     "48 89 fd | mov rbp, rdi",           "48 89 df | mov rdi, rbx",
      "call look_at_flow", "48 8b 45 50 | mov rax, [rbp+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
      "c3 | ret"};
  const Site site = called(caller, inner);
  CHECK(site.operand(Role::flow));
  REQUIRE(site.callers.size() == 1);
  CHECK(site.callers[0].dst == Kept{{}, 0x20});
}

TEST_CASE("a caller's register is where the function pushed it, or still in the register") {
  const Code count{"48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  const auto after = [&](Code start) {
    start.insert(start.end(), count.begin(), count.end());
    return called(calling(kBundle), start).callers;
  };
  using Callers = std::vector<CallerFlow>;
  const Callers in_register{{kBack, {3, 0}, {}}};
  CHECK(after({"53 | push rbx"}) == Callers{{kBack, {{}, 0}, {}}});
  CHECK(after({"55 | push rbp"}) == in_register);
  CHECK(after({"48 83 ec 10 | sub rsp, 0x10", "53 | push rbx"}) == Callers{{kBack, {{}, 0}, {}}});
  CHECK(after({"85 c0 | test eax, eax", "je past", "53 | push rbx", "5b | pop rbx", "past:"}) == in_register);
  CHECK(after({"48 89 dd | mov rbp, rbx", "31 db | xor ebx, ebx"}) == Callers{{kBack, {5, 0}, {}}});
  CHECK(after({"31 db | xor ebx, ebx"}).empty());
  CHECK(after({"85 c0 | test eax, eax", "je past", "31 db | xor ebx, ebx", "past:"}).empty());
  CHECK(after({"85 c0 | test eax, eax", "je past", "55 | push rbp", "48 89 dd | mov rbp, rbx", "31 db | xor ebx, ebx",
               "48 89 eb | mov rbx, rbp", "5d | pop rbp", "past:"}) == in_register);
}

TEST_CASE("a site that knows its packet asks no caller") {
  const Code inner{"53 | push rbx", "48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
                   "c3 | ret"};
  CHECK(called(calling(kBundle), inner).callers.size() == 1);
  const Code own{"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  const Resolution r = resolve(small_kernel(own));
  REQUIRE(r.sites.size() == 1);
  CHECK(r.sites[0].callers.empty());
  CHECK(!r.sites[0].noted);
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
  CHECK(r.marks[0].callers == std::vector<CallerFlow>{{kBack, {{}, 0}, {}}});
  REQUIRE(r.sites.size() == 1);
  CHECK(r.sites[0].noted);
  CHECK(resolve(small_kernel(inner)).marks.empty()); // in other functions it means something else
}

namespace {

// Saves the netns in r12 and calls a transform; goes on at `failed` with its result.
Resolution failing(Code failed, const char* count = "65 48 ff 40 28 | inc qword ptr gs:[rax+0x28]") {
  Code code{"49 89 f4 | mov r12, rsi",
            "48 83 ec 18 | sub rsp, 0x18",
            "call nobody_knows",
            "js failed",
            "c3 | ret",
            "failed:"};
  const Code end{"count:", "49 8b 44 24 50 | mov rax, [r12+0x50]", count, "c3 | ret"};
  code.insert(code.end(), failed.begin(), failed.end());
  code.insert(code.end(), end.begin(), end.end());
  return resolve(small_kernel(code));
}
const std::string kCheck = "83 f8 b6 | cmp eax, -74";

} // namespace

TEST_CASE("what the transform returned is noted where it is held against -EBADMSG, before the error is counted") {
  const Resolution r = failing({kCheck, "jne count", "call use_skb"});
  REQUIRE(r.marks.size() == 1);
  CHECK(describe(r.marks[0]) == "xfrm_input+0x13 mark of XfrmInStateProtoError error=rax(source)");
  REQUIRE(r.sites.size() == 1);
  CHECK(r.sites[0].noted == SiteMark::Kind::error);
  CHECK(describe(r.sites[0]).ends_with(" error=noted"));
  const auto value = [](const Code& code) {
    const Resolution in_slot = failing(code);
    REQUIRE(in_slot.marks.size() == 1);
    CHECK(in_slot.marks[0].kind == SiteMark::Kind::error);
    return *in_slot.marks[0].value;
  };
  const auto slot = [](int32_t offset) {
    return Operand{.where = Operand::Where::slot, .offset = offset, .proof = Proof::source};
  };
  CHECK(value({"83 7c 24 08 b6 | cmp dword ptr [rsp+0x8], -74"}) == slot(8));
  CHECK(value({"50 | push rax", "83 7c 24 08 b6 | cmp dword ptr [rsp+0x8], -74"}) == slot(8));
  CHECK(value({"48 89 e5 | mov rbp, rsp", "50 | push rax", "83 7d 04 b6 | cmp dword ptr [rbp+0x4], -74"}) == slot(12));
  CHECK(value({"41 81 fd b6 ff ff ff | cmp r13d, -74"}) == Operand{.reg = 13, .proof = Proof::source});
}

TEST_CASE("no mark where the error may not be counted, or where it is not a transform's") {
  const auto marked = [](const Resolution& r) {
    for (const Site& site : r.sites)
      CHECK(site.noted.has_value() == !r.marks.empty());
    return !r.marks.empty();
  };
  CHECK(marked(failing({kCheck})));
  CHECK(!marked(failing({kCheck, "jne count", "c3 | ret"})));
  CHECK(!marked(failing({kCheck, "jne count", "ff e0 | jmp rax"})));
  CHECK(!marked(failing({kCheck}, "65 48 ff 40 30 | inc qword ptr gs:[rax+0x30]"))); // XfrmInStateModeError
  CHECK(!marked(failing({kCheck, "49 8b 4c 24 50 | mov rcx, [r12+0x50]", "jne count",
                         "65 48 ff 41 30 | inc qword ptr gs:[rcx+0x30]", "c3 | ret"})));
  CHECK(!marked(failing({"83 f8 b5 | cmp eax, -75"})));
  CHECK(!marked(failing({"48 83 f8 b6 | cmp rax, -74"})));
  CHECK(!marked(failing({"83 3b b6 | cmp dword ptr [rbx], -74"}))); // somebody else's memory
  const Code inner{"83 f8 b6 | cmp eax, -74", "48 8b 47 50 | mov rax, [rdi+0x50]",
                   "65 48 ff 40 28 | inc qword ptr gs:[rax+0x28]", "c3 | ret"};
  CHECK(!marked(resolve(small_kernel(calling(kBundle), kBundle, inner))));
}

TEST_CASE("only increments that the comparison leads to are noted for") {
  const Resolution r =
      failing({kCheck, "jne count", "49 8b 4c 24 50 | mov rcx, [r12+0x50]",
               "65 48 ff 41 28 | inc qword ptr gs:[rcx+0x28]", "c3 | ret", "75 00 | jne .",
               "49 8b 4c 24 50 | mov rcx, [r12+0x50]", "65 48 ff 41 28 | inc qword ptr gs:[rcx+0x28]", "c3 | ret"});
  REQUIRE(r.marks.size() == 1);
  REQUIRE(r.sites.size() == 3);
  CHECK(r.sites[0].noted == SiteMark::Kind::error);
  CHECK(!r.sites[1].noted); // it is led to by nothing that is known
  CHECK(r.sites[2].noted == SiteMark::Kind::error);
}

TEST_CASE("the flow of XfrmOutNoStates is noted where no bundle could be made") {
  const auto marks = [](Code check, const char* lose = "31 db | xor ebx, ebx") {
    Code code{"53 | push rbx", "41 54 | push r12", "48 89 d3 | mov rbx, rdx", "49 89 fc | mov r12, rdi",
              "call get_state"};
    const Code end{"jne other",
                   lose,
                   "call use_skb",
                   "49 8b 44 24 50 | mov rax, [r12+0x50]",
                   "65 48 ff 80 90 00 00 00 | inc qword ptr gs:[rax+0x90]",
                   "other:",
                   "c3 | ret"};
    code.insert(code.end(), check.begin(), check.end());
    code.insert(code.end(), end.begin(), end.end());
    const Resolution r = resolve(small_kernel({"c3 | ret"}, "xfrm_lookup_with_ifid", code));
    REQUIRE(r.sites.size() == 1);
    CHECK(r.sites[0].noted.has_value() == !r.marks.empty());
    return r.marks.size() == 1 ? describe(r.marks[0]) : "none";
  };
  const std::string test = "48 3d 00 f0 ff ff | cmp rax, -4096", again = "83 f8 f5 | cmp eax, -11", leave = "c3 | ret";
  const auto found = [](const char* at) {
    return std::string("xfrm_lookup_with_ifid+") + at + " mark of XfrmOutNoStates flow=rbx(argument)";
  };
  CHECK(marks({test, "ja bad", leave, "bad:", again}) == found("0x1b"));
  CHECK(marks({test, "ja bad", leave, "bad:", "48 83 f8 f5 | cmp rax, -11"}) == found("0x1b"));
  CHECK(marks({test, "jbe other", "83 f8 be | cmp eax, -66", "je other", again}) == found("0x23"));
  CHECK(marks({again}) == "none"); // healthy flows come by
  CHECK(marks({test, "jbe bad", leave, "bad:", again}) == "none");
  CHECK(marks({test, "ja other", again}) == "none");
  CHECK(marks({test, "ja bad", leave, "bad:", "call use_skb", again}) == "none"); // what has that returned?
  CHECK(marks({"48 85 c0 | test rax, rax", "ja bad", leave, "bad:", again}) == "none");
  CHECK(marks({test, "ja bad", leave, "bad:", again, "jne other", again}) == "none"); // which one?
  CHECK(marks({test, "ja bad", leave, "bad:", "31 db | xor ebx, ebx", again}) == "none");
  CHECK(marks({test, "ja bad", leave, "bad:", again}, "90 | nop") == "none"); // the site knows it
}
