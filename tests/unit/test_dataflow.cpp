// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which values survive in registers, stack slots, joins and arithmetic. The parameters of the small function are
// skb rdi, net rsi, fl rdx, family ecx, pols r8, dst r9, sk [rsp+8].
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

// The increment of XfrmInError by the netns in rsi, and the end.
const Code kCount{"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};

Code then_count(Code code) {
  code.insert(code.end(), kCount.begin(), kCount.end());
  return code;
}

} // namespace

TEST_CASE("parameters are known by their types until their registers are overwritten") {
  CHECK(known(kCount) == "skb=rdi(argument) flow=rdx(argument) net=rsi(argument) sock=[rsp+0x8](argument) "
                         "dst=r9(argument) family=rcx(argument) policies=r8(argument)");
  CHECK(known(then_count({"31 ff | xor edi, edi", "48 8d 15 08 00 00 00 | lea rdx, [rip+8]",
                          "b9 01 00 00 00 | mov ecx, 1", "4c 8b 4c 24 40 | mov r9, [rsp+0x40]", "41 58 | pop r8",
                          "53 | push rbx", "48 c7 44 24 08 00 00 00 00 | mov qword ptr [rsp+8], 0"})) ==
        "net=rsi(argument)");
}

TEST_CASE("moves and spills carry a value along") {
  const Code clear{"31 d2 | xor edx, edx", "31 c9 | xor ecx, ecx", "45 31 c0 | xor r8d, r8d", "45 31 c9 | xor r9d, r9d",
                   "48 c7 44 24 08 00 00 00 00 | mov qword ptr [rsp+8], 0"};
  const auto after = [&](Code code) {
    code.insert(code.begin(), clear.begin(), clear.end());
    return known(then_count(code));
  };
  CHECK(after({"48 89 fb | mov rbx, rdi", "31 ff | xor edi, edi"}) == "skb=rbx(argument) net=rsi(argument)");
  CHECK(after({"57 | push rdi", "31 ff | xor edi, edi"}) == "skb=[rsp](argument) net=rsi(argument)");
  CHECK(after({"57 | push rdi", "41 5c | pop r12", "31 ff | xor edi, edi"}) == "skb=r12(argument) net=rsi(argument)");
  CHECK(after({"55 | push rbp", "48 89 e5 | mov rbp, rsp", "48 83 ec 20 | sub rsp, 0x20",
               "48 89 7d e8 | mov [rbp-0x18], rdi", "31 ff | xor edi, edi"}) ==
        "skb=[rsp+0x8](argument) net=rsi(argument)");
  CHECK(after({"48 83 ec 20 | sub rsp, 0x20", "48 89 7c 24 08 | mov [rsp+0x8], rdi", "31 ff | xor edi, edi",
               "48 8b 5c 24 08 | mov rbx, [rsp+0x8]", "89 74 24 08 | mov [rsp+8], esi"}) ==
        "skb=rbx(argument) net=rsi(argument)");
  CHECK(after({"55 | push rbp", "48 89 e5 | mov rbp, rsp", "57 | push rdi", "48 83 ec 40 | sub rsp, 0x40",
               "48 8b 7d f8 | mov rdi, [rbp-0x8]", "c9 | leave"}) == "skb=rdi(argument) net=rsi(argument)");
}

TEST_CASE("a slot below the stack pointer is stale") {
  CHECK(known(then_count({"57 | push rdi", "48 83 c4 08 | add rsp, 8", "31 ff | xor edi, edi", "31 d2 | xor edx, edx"}))
            .find("skb") == std::string::npos);
}

TEST_CASE("a stack pointer that is not followed leaves no slot") {
  CHECK(known(then_count({"57 | push rdi", "31 ff | xor edi, edi", "48 89 dc | mov rsp, rbx"})).find("[rsp") ==
        std::string::npos);
}

TEST_CASE("a realigned stack keeps what is found by its own distances") {
  CHECK(
      known(then_count({"55 | push rbp", "48 89 e5 | mov rbp, rsp", "48 83 e4 f0 | and rsp, -16",
                        "48 83 ec 20 | sub rsp, 0x20", "48 89 7c 24 10 | mov [rsp+0x10], rdi", "31 ff | xor edi, edi"}))
          .starts_with("skb=[rsp+0x10](argument)"));
}

TEST_CASE("part of a pointer is no pointer") {
  for (const char* write :
       {"89 ff | mov edi, edi", "40 b7 01 | mov dil, 1", "66 bf 01 00 | mov di, 1", "83 c7 08 | add edi, 8",
        "0f b7 ff | movzx edi, di", "48 0f cf | bswap rdi", "48 c1 e7 03 | shl rdi, 3", "48 83 cf 08 | or rdi, 8",
        "48 81 e7 ff ff 00 00 | and rdi, 0xffff", "48 87 df | xchg rdi, rbx", "48 f7 d7 | not rdi",
        "48 6b ff 08 | imul rdi, rdi, 8", "48 03 3c 24 | add rdi, [rsp]", "48 63 ff | movsxd rdi, edi",
        "48 c1 c7 08 | rol rdi, 8", "0f 45 fb | cmovne edi, ebx", "48 0f 45 3c 24 | cmovne rdi, [rsp]"}) {
    CAPTURE(write);
    CHECK(known(then_count({write})).starts_with("flow="));
  }
  CHECK(known(then_count({"57 | push rdi", "31 ff | xor edi, edi", "c7 04 24 01 00 00 00 | mov dword ptr [rsp], 1"}))
            .starts_with("flow="));
  CHECK(known(then_count({"57 | push rdi", "31 ff | xor edi, edi", "c6 44 24 07 01 | mov byte ptr [rsp+7], 1"}))
            .starts_with("flow="));
  CHECK(known(then_count({"57 | push rdi", "31 ff | xor edi, edi", "8b 1c 24 | mov ebx, [rsp]", "58 | pop rax"}))
            .starts_with("flow="));
}

TEST_CASE("the address of a member leads back to the object") {
  CHECK(known(then_count({"48 8d 5f 28 | lea rbx, [rdi+0x28]", "31 ff | xor edi, edi"}))
            .starts_with("skb=rbx-0x28(argument)"));
  CHECK(known(then_count({"48 83 ef f0 | sub rdi, -0x10"})).starts_with("skb=rdi-0x10(argument)"));
  CHECK(known(then_count({"48 ff c7 | inc rdi"})).starts_with("skb=rdi-0x1(argument)"));
}

TEST_CASE("bits that tag a pointer may be cleared, others not") {
  CHECK(known(then_count({"48 83 e7 f8 | and rdi, -8"})).starts_with("skb=rdi(argument)"));
  CHECK(known(then_count({"48 83 e7 f0 | and rdi, -16"})).starts_with("flow="));
}

TEST_CASE("members are typed, unions only where one pointer is possible") {
  CHECK(known(then_count({"48 8b 5f 28 | mov rbx, [rdi+0x28]"})).find(" state=rbx(member)") != std::string::npos);
  CHECK(known({"48 8b 5f 20 | mov rbx, [rdi+0x20]", "4c 8b 63 10 | mov r12, [rbx+0x10]",
               "49 8b 44 24 50 | mov rax, [r12+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"})
            .find(" net=rsi(argument)") != std::string::npos);
  CHECK(known({"48 8b 77 20 | mov rsi, [rdi+0x20]", "48 8b 76 10 | mov rsi, [rsi+0x10]",
               "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"})
            .find(" net=rsi(member)") != std::string::npos);
  CHECK(
      known(then_count({"48 8b 3f | mov rdi, [rdi]"})).starts_with("skb=rdi(member)")); // next, not the link of a tree
  CHECK(known(then_count({"4c 8b 4f 58 | mov r9, [rdi+0x58]"})).find(" dst=r9(source)") != std::string::npos);
}

TEST_CASE("an element of an array of pointers is typed whatever the index, another index is not") {
  CHECK(known(then_count({"49 8b 1c e8 | mov rbx, [r8+rbp*8]"})).find(" policy=rbx(member)") != std::string::npos);
  CHECK(known(then_count({"49 8b 58 08 | mov rbx, [r8+8]"})).find(" policy=rbx(member)") != std::string::npos);
  CHECK(known(then_count({"48 8b 5c ef 28 | mov rbx, [rdi+rbp*8+0x28]"})).find(" state=") == std::string::npos);
}

TEST_CASE("paths that agree keep a value, others lose it") {
  CHECK(known(then_count({"je other", "48 89 fb | mov rbx, rdi", "jmp both", "other:", "48 89 fb | mov rbx, rdi",
                          "both:", "31 ff | xor edi, edi"}))
            .starts_with("skb=rbx(argument)"));
  CHECK(known(then_count({"je other", "48 89 fb | mov rbx, rdi", "jmp both", "other:", "48 89 d3 | mov rbx, rdx",
                          "both:", "31 ff | xor edi, edi"}))
            .starts_with("flow="));
  CHECK(known(then_count({"48 89 fb | mov rbx, rdi", "je both", "48 8b 5c 24 30 | mov rbx, [rsp+0x30]",
                          "both:", "31 ff | xor edi, edi"}))
            .starts_with("flow="));
  CHECK(known(then_count({"48 89 fb | mov rbx, rdi", "48 0f 45 da | cmovne rbx, rdx", "31 ff | xor edi, edi"}))
            .starts_with("flow="));
  CHECK(known(then_count({"48 89 fb | mov rbx, rdi", "48 0f 45 df | cmovne rbx, rdi", "31 ff | xor edi, edi"}))
            .starts_with("skb=rbx"));
}

TEST_CASE("a value that is spilled on one path only is not in the slot") {
  CHECK(known(then_count({"48 83 ec 08 | sub rsp, 8", "je both", "48 89 3c 24 | mov [rsp], rdi",
                          "both:", "31 ff | xor edi, edi"}))
            .starts_with("flow="));
}

TEST_CASE("NULL agrees with every pointer") {
  CHECK(
      known(then_count({"31 db | xor ebx, ebx", "je both", "48 89 fb | mov rbx, rdi", "both:", "31 ff | xor edi, edi"}))
          .starts_with("skb=rbx(argument)"));
}

TEST_CASE("the weaker proof of two paths counts") {
  CHECK(known(then_count(
                  {"48 89 fb | mov rbx, rdi", "je both", "48 8b 1f | mov rbx, [rdi]", "both:", "31 ff | xor edi, edi"}))
            .starts_with("skb=rbx(member)"));
}

TEST_CASE("a pointer or an address of the own frame is told apart when the site fires") {
  CHECK(known(then_count({"48 83 ec 28 | sub rsp, 0x28", "je both", "48 8d 54 24 10 | lea rdx, [rsp+0x10]", "both:"}))
            .find("flow=rdx(argument, unless own frame of 0x28 or number)") != std::string::npos);
  CHECK(known(then_count({"48 83 ec 28 | sub rsp, 0x28", "89 db | mov ebx, ebx", "je both",
                          "48 8d 54 dc 10 | lea rdx, [rsp+rbx*8+0x10]", "both:"}))
            .find("flow=rdx(argument, unless own frame of 0x28 or number)") != std::string::npos);
  CHECK(known(then_count({"48 83 ec 28 | sub rsp, 0x28", "je both", "48 8d 54 24 30 | lea rdx, [rsp+0x30]", "both:"}))
            .find("flow=") == std::string::npos); // an address in the caller's frame
  CHECK(known(then_count(
                  {"48 83 ec 28 | sub rsp, 0x28", "je both", "48 8d 54 dc 10 | lea rdx, [rsp+rbx*8+0x10]", "both:"}))
            .find("flow=") == std::string::npos); // rbx may be any number of 64 bits
}

TEST_CASE("a pointer or a number is told apart when the site fires") {
  for (const char* number :
       {"89 c2 | mov edx, eax", "8b 14 24 | mov edx, [rsp]", "48 63 d0 | movsxd rdx, eax", "31 c2 | xor edx, eax",
        "ba 05 00 00 00 | mov edx, 5", "48 c7 c2 ff ff ff ff | mov rdx, -1", "0f b7 14 24 | movzx edx, word ptr [rsp]",
        "83 e2 04 | and edx, 4"}) {
    CAPTURE(number);
    CHECK(known(then_count({"je both", number, "both:"})).find("flow=rdx(argument, unless own frame of") !=
          std::string::npos);
  }
  CHECK(known(then_count({"je both", "48 ba 00 00 00 00 80 88 ff ff | movabs rdx, 0xffff888000000000", "both:"}))
            .find("flow=") == std::string::npos);
  CHECK(known(then_count({"je both", "48 8b 54 24 20 | mov rdx, [rsp+0x20]", "both:"})).find("flow=") ==
        std::string::npos);
}

TEST_CASE("what a branch decides is known behind it") {
  // An error pointer is no state; NULL is none.
  const Code get{"56 | push rsi", "call get_state", "48 89 c3 | mov rbx, rax", "48 8b 34 24 | mov rsi, [rsp]"};
  const auto with = [&](Code code) {
    code.insert(code.begin(), get.begin(), get.end());
    return known(then_count(code));
  };
  CHECK(with({"48 3d 00 f0 ff ff | cmp rax, -4096", "ja bad", "c3 | ret", "bad:"}).find("state=") == std::string::npos);
  CHECK(
      with({"48 3d 00 f0 ff ff | cmp rax, -4096", "jbe good", "c3 | ret", "good:"}).starts_with("state=rbx(returned)"));
  CHECK(with({"48 85 c0 | test rax, rax", "je bad", "c3 | ret", "bad:"}).find("state=") == std::string::npos);
  CHECK(with({"48 85 db | test rbx, rbx", "jne good", "c3 | ret", "good:"}).starts_with("state=rbx(returned)"));
  CHECK(
      with({"50 | push rax", "48 83 3c 24 00 | cmp qword ptr [rsp], 0", "je bad", "c3 | ret", "bad:"}).find("state=") ==
      std::string::npos);
  CHECK(with({"48 85 c0 | test rax, rax", "48 83 c5 01 | add rbp, 1", "je bad", "c3 | ret", "bad:"})
            .starts_with("state=rbx(returned)")); // another question
  CHECK(with({"85 c0 | test eax, eax", "je bad", "c3 | ret", "bad:"})
            .starts_with("state=rbx(returned)")); // its lower half
}

TEST_CASE("a loop that walks a list keeps the type, not the identity") {
  CHECK(known(then_count({"56 | push rsi", "48 89 fb | mov rbx, rdi", "again:", "48 8b 1b | mov rbx, [rbx]",
                          "48 85 db | test rbx, rbx", "jne again", "48 89 fb | mov rbx, rdi",
                          "48 8b 34 24 | mov rsi, [rsp]"}))
            .find("skb=rbx(argument)") != std::string::npos);
}

TEST_CASE("the family stays in the low byte through partial loads and stores") {
  CHECK(known(then_count({"48 83 ec 08 | sub rsp, 8", "66 89 4c 24 02 | mov [rsp+2], cx", "31 c9 | xor ecx, ecx",
                          "0f b7 5c 24 02 | movzx ebx, word ptr [rsp+2]"}))
            .find(" family=rbx(argument)") != std::string::npos);
  CHECK(known(then_count({"0f b7 c9 | movzx ecx, cx"})).find(" family=rcx(argument)") != std::string::npos);
  CHECK(known(then_count({"0f b6 cd | movzx ecx, ch"})).find(" family=") == std::string::npos);
  CHECK(known(then_count({"d1 e9 | shr ecx, 1"})).find(" family=") == std::string::npos);
}

TEST_CASE("a store to some element of an array leaves alone what lies elsewhere in the frame, and nothing else") {
  const auto kept_at = [](const char* keep, const Code& store) {
    Code code{"48 81 ec 40 01 00 00 | sub rsp, 0x140", keep, "31 ff | xor edi, edi", "89 d2 | mov edx, edx"};
    code.insert(code.end(), store.begin(), store.end());
    return known(then_count(code)).find("skb=") != std::string::npos;
  };
  const char* low = "48 89 7c 24 08 | mov [rsp+0x8], rdi";
  const char* high = "48 89 bc 24 e8 00 00 00 | mov [rsp+0xe8], rdi";
  const std::string element = "48 8d 1c d4 | lea rbx, [rsp+rdx*8]";
  const std::string further = "48 81 c3 e0 00 00 00 | add rbx, 0xe0", put = "48 89 0b | mov [rbx], rcx";
  CHECK(!kept_at(low, {element, put}));
  CHECK(kept_at(high, {element, put}));
  CHECK(kept_at(low, {element, further, put}));
  CHECK(!kept_at(high, {element, further, put}));
  CHECK(kept_at(low, {"48 8d 9c d4 e0 00 00 00 | lea rbx, [rsp+rdx*8+0xe0]", put}));
  CHECK(!kept_at(high, {"48 8d 9c d4 e0 00 00 00 | lea rbx, [rsp+rdx*8+0xe0]", put}));
  CHECK(!kept_at(high, {element, "again:", "48 83 c3 60 | add rbx, 0x60", put, "85 c0 | test eax, eax", "jne again"}));
  // What lies just before an array is not in it; where a pointer goes through one, nobody knows where it starts.
  const char* before = "48 89 bc 24 d0 00 00 00 | mov [rsp+0xd0], rdi";
  const std::string step = "48 83 c3 08 | add rbx, 8";
  CHECK(kept_at(before, {element, further, put}));
  CHECK(kept_at(before, {element, further, "48 89 0c d3 | mov [rbx+rdx*8], rcx"}));
  CHECK(!kept_at("48 89 bc 24 d8 00 00 00 | mov [rsp+0xd8], rdi", {element, further, put}));
  CHECK(!kept_at(before, {element, further, step, put}));
  CHECK(!kept_at(before, {element, step, further, put}));
  // An index that may be anything: the address may be one of the frame nevertheless.
  CHECK(!kept_at(high, {"48 8d 5c 04 00 | lea rbx, [rsp+rax]", further, put}));
}
