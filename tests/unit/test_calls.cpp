// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What calls do to registers, arguments, results, and objects that they free.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Saves the netns in r12, runs the code, and counts XfrmInError by the netns in r12.
std::string after(const Code& code, const Code& cold = {}) {
  Code all{"41 54 | push r12", "49 89 f4 | mov r12, rsi"};
  all.insert(all.end(), code.begin(), code.end());
  const Code count{"49 8b 44 24 50 | mov rax, [r12+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  all.insert(all.end(), count.begin(), count.end());
  return known(small_kernel(all, cold));
}

} // namespace

TEST_CASE("a call leaves only what callee-saved registers and slots hold") {
  CHECK(after({"48 89 fb | mov rbx, rdi", "52 | push rdx", "call use_skb"}) ==
        "skb=rbx(argument) flow=[rsp](argument) net=r12(argument) sock=[rsp+0x18](argument)");
  CHECK(after({"48 89 fb | mov rbx, rdi", "52 | push rdx", "ff d0 | call rax"}) ==
        "skb=rbx(argument) flow=[rsp](argument) net=r12(argument) sock=[rsp+0x18](argument)");
}

TEST_CASE("some calls change no register") {
  CHECK(has(after({"call preempt_schedule_thunk"}), "skb=rdi(argument)"));
  CHECK(known({"f3 0f 1e fa | endbr64", "call nobody_knows", "48 8b 46 50 | mov rax, [rsi+0x50]",
               "65 48 ff 40 08 | inc qword ptr gs:[rax+8]", "c3 | ret"})
            .starts_with("skb=rdi(argument)")); // a tracer at the function's entry
  CHECK(known({"call nobody_knows", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+8]",
               "c3 | ret"})
            .starts_with("skb=rdi(argument)"));
  CHECK(!has(after({"call nobody_knows"}), "skb="));
}

TEST_CASE("what a function returns has its declared type") {
  CHECK(has(after({"call get_state", "48 89 c3 | mov rbx, rax"}), "state=rbx(returned)"));
  CHECK(!has(after({"call take_any", "48 89 c3 | mov rbx, rax"}), "rbx"));
  CHECK(!has(after({"call nobody_knows", "48 89 c3 | mov rbx, rax"}), "rbx"));
  CHECK(has(after({"call get_net", "49 89 c4 | mov r12, rax"}), "net=r12(returned)"));
}

TEST_CASE("what is handed to a typed parameter is of that type, wherever else it is kept") {
  CHECK(has(
      after({"48 8b 9f 90 00 00 00 | mov rbx, [rdi+0x90]", "53 | push rbx", "48 89 df | mov rdi, rbx", "call use_skb"}),
      "skb=rbx(passed)"));
  CHECK(has(
      after({"48 8b 87 90 00 00 00 | mov rax, [rdi+0x90]", "50 | push rax", "48 89 c7 | mov rdi, rax", "call use_skb"}),
      "skb=[rsp](passed)"));
  CHECK(!has(after({"48 8b 9f 90 00 00 00 | mov rbx, [rdi+0x90]", "48 8b bf 90 00 00 00 | mov rdi, [rdi+0x90]",
                    "call use_skb"}),
             "skb=")); // loaded twice: two values
  CHECK(!has(after({"48 8b 9f 90 00 00 00 | mov rbx, [rdi+0x90]", "48 89 df | mov rdi, rbx", "48 83 c3 08 | add rbx, 8",
                    "call use_skb"}),
             "skb="));
}

TEST_CASE("of several objects the one that was worked on last is taken") {
  CHECK(has(after({"48 89 fb | mov rbx, rdi", "4c 8b 2f | mov r13, [rdi]", "4c 89 ef | mov rdi, r13", "call use_skb"}),
            "skb=r13(member)"));
  CHECK(has(after({"48 89 fb | mov rbx, rdi", "4c 8b 2f | mov r13, [rdi]", "call use_skb"}), "skb=rbx(argument)"));
}

TEST_CASE("a freed packet is not claimed any more") {
  CHECK(!has(after({"48 89 fb | mov rbx, rdi", "57 | push rdi", "call consume_skb"}), "skb="));
  CHECK(has(after({"48 8b 1f | mov rbx, [rdi]", "call consume_skb"}), "skb=rbx(member)")); // another one
  // Either packet may have been freed.
  CHECK(!has(after({"48 8b 1f | mov rbx, [rdi]", "49 89 fd | mov r13, rdi", "je both", "48 89 df | mov rdi, rbx",
                    "both:", "call consume_skb"}),
             "skb="));
  CHECK(!has(after({"48 8b bf 90 00 00 00 | mov rdi, [rdi+0x90]", "48 89 fb | mov rbx, rdi", "57 | push rdi",
                    "call consume_skb"}),
             "skb="));
}

TEST_CASE("a reference that is dropped inline takes the object along") {
  CHECK(!has(after({"48 8b 5f 28 | mov rbx, [rdi+0x28]", "b8 ff ff ff ff | mov eax, -1",
                    "f0 0f c1 43 30 | lock xadd [rbx+0x30], eax"}),
             "state="));
  CHECK(!has(after({"48 8b 5f 28 | mov rbx, [rdi+0x28]", "41 bf ff ff ff ff | mov r15d, -1", "44 89 f8 | mov eax, r15d",
                    "f0 0f c1 43 30 | lock xadd [rbx+0x30], eax"}),
             "state="));
  CHECK(!has(after({"48 8b 5f 28 | mov rbx, [rdi+0x28]", "f0 ff 4b 30 | lock dec dword ptr [rbx+0x30]"}), "state="));
  CHECK(has(after({"48 8b 5f 28 | mov rbx, [rdi+0x28]", "b8 01 00 00 00 | mov eax, 1",
                   "f0 0f c1 43 30 | lock xadd [rbx+0x30], eax"}),
            "state=rbx(member)"));
}

TEST_CASE("a callee may write what it got a pointer to") {
  const Code spill{"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 10 | mov [rsp+0x10], rdi",
                   "48 89 54 24 50 | mov [rsp+0x50], rdx"};
  const auto with = [&](Code code) {
    code.insert(code.begin(), spill.begin(), spill.end());
    return after(code);
  };
  CHECK(has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call fill_flow"}), "flow=[rsp+0x50]"));
  CHECK(!has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call take_any"}), "skb="));
  CHECK(!has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call take_any"}), "flow=")); // nobody knows how much of it
  CHECK(has(with({"48 8d 7c 24 18 | lea rdi, [rsp+0x18]", "call take_any"}),
            "skb=[rsp+0x10](argument)")); // but nothing below
  CHECK(!has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "ff d0 | call rax"}), "skb="));
  CHECK(has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call look_at_flow"}),
            "skb=[rsp+0x10](argument)")); // it is constant
  CHECK(!has(with({"48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call set_number"}), "skb="));
  CHECK(has(with({"48 8d 7c 24 48 | lea rdi, [rsp+0x48]", "call set_number"}),
            "flow=[rsp+0x50](argument)")); // further numbers are no pointers
  CHECK(has(with({"48 8d 74 24 10 | lea rsi, [rsp+0x10]", "call use_skb"}),
            "skb=[rsp+0x10](argument)")); // it has one parameter
}

TEST_CASE("a callee may write later what it was once given") {
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "call take_any",
                    "49 8b 5c 24 08 | mov rbx, [r12+8]", "49 8b 3c 24 | mov rdi, [r12]", "call get_state",
                    "48 89 44 24 18 | mov [rsp+0x18], rax", "call nobody_knows"}),
             "state="));
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 8d 44 24 10 | lea rax, [rsp+0x10]",
                    "48 89 87 90 00 00 00 | mov [rdi+0x90], rax", "call get_state",
                    "48 89 44 24 18 | mov [rsp+0x18], rax", "call nobody_knows"}),
             "state=")); // its address is in memory
}

TEST_CASE("addresses inside what a callee gets lead it on") {
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 50 | mov [rsp+0x50], rdi",
                    "48 8d 44 24 50 | lea rax, [rsp+0x50]", "48 89 44 24 10 | mov [rsp+0x10], rax",
                    "48 8d 7c 24 08 | lea rdi, [rsp+0x8]", "call take_any"}),
             "skb="));
}

TEST_CASE("a callee that takes an array of pointers can only put such pointers there") {
  CHECK(has(after({"48 83 ec 20 | sub rsp, 0x20", "49 8b 00 | mov rax, [r8]", "48 89 44 24 08 | mov [rsp+0x8], rax",
                   "48 8d 7c 24 08 | lea rdi, [rsp+0x8]", "call set_policies"}),
            "policy=[rsp+0x8](member)"));
  CHECK(!has(after({"48 83 ec 20 | sub rsp, 0x20", "48 8d 7c 24 08 | lea rdi, [rsp+0x8]", "call set_policies"}),
             "policy=["));
  CHECK(!has(after({"48 83 ec 20 | sub rsp, 0x20", "48 89 7c 24 08 | mov [rsp+0x8], rdi",
                    "48 8d 7c 24 08 | lea rdi, [rsp+0x8]", "call set_policies"}),
             "skb="));
}

TEST_CASE("what is written through an index or a cursor may be any element") {
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 10 | mov [rsp+0x10], rdi", "31 ff | xor edi, edi",
                    "89 c0 | mov eax, eax", "48 89 5c c4 10 | mov [rsp+rax*8+0x10], rbx"}),
             "skb="));
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 38 | mov [rsp+0x38], rdi", "31 ff | xor edi, edi",
                    "89 c0 | mov eax, eax", "48 89 5c c4 10 | mov [rsp+rax*8+0x10], rbx"}),
             "skb="));
  CHECK(has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 3c 24 | mov [rsp], rdi", "31 ff | xor edi, edi",
                   "89 c0 | mov eax, eax", "48 89 5c c4 10 | mov [rsp+rax*8+0x10], rbx"}),
            "skb=[rsp](argument)"));
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 18 | mov [rsp+0x18], rdi", "31 ff | xor edi, edi",
                    "48 8d 5c 24 10 | lea rbx, [rsp+0x10]", "je both", "48 8d 5c 24 20 | lea rbx, [rsp+0x20]",
                    "both:", "48 89 03 | mov [rbx], rax"}),
             "skb="));
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 30 | mov [rsp+0x30], rdi", "31 ff | xor edi, edi",
                    "48 8d 5c 24 10 | lea rbx, [rsp+0x10]", "again:", "48 89 03 | mov [rbx], rax",
                    "48 83 c3 08 | add rbx, 8", "ff c9 | dec ecx", "jne again"}),
             "skb="));
}

TEST_CASE("string instructions fill what they say") {
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 18 | mov [rsp+0x18], rdi",
                    "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "b9 02 00 00 00 | mov ecx, 2", "f3 48 ab | rep stosq"}),
             "skb="));
  CHECK(has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 20 | mov [rsp+0x20], rdi",
                   "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "b9 02 00 00 00 | mov ecx, 2", "f3 48 ab | rep stosq"}),
            "skb=[rsp+0x20](argument)"));
  CHECK(!has(after({"48 83 ec 60 | sub rsp, 0x60", "48 89 7c 24 20 | mov [rsp+0x20], rdi",
                    "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "f3 48 ab | rep stosq"}),
             "skb=")); // rcx?
}

TEST_CASE("memcpy brings pointers along, memset and memcpy of something else end them") {
  // pols lie at 0x80 of an xfrm_dst, which dst_alloc's caller makes of what it gets.
  CHECK(!has(after({"48 83 ec 40 | sub rsp, 0x40", "48 89 7c 24 10 | mov [rsp+0x10], rdi",
                    "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "ba 08 00 00 00 | mov edx, 8", "call memcpy"}),
             "skb="));
  CHECK(has(after({"48 83 ec 40 | sub rsp, 0x40", "48 89 7c 24 20 | mov [rsp+0x20], rdi",
                   "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "ba 10 00 00 00 | mov edx, 0x10", "call memcpy"}),
            "skb=[rsp+0x20](argument)"));
  CHECK(has(after({"48 83 ec 40 | sub rsp, 0x40", "48 8d 77 28 | lea rsi, [rdi+0x28]",
                   "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", "ba 08 00 00 00 | mov edx, 8", "call memcpy"}),
            "state=[rsp+0x10](member)"));
  CHECK(has(after({"48 83 ec 40 | sub rsp, 0x40", "4c 89 c6 | mov rsi, r8", "48 8d 7c 24 10 | lea rdi, [rsp+0x10]",
                   "call memcpy"}),
            "policy=[rsp+0x10](member)"));
}

TEST_CASE("further arguments lie on the stack, and addresses handed on there are known to the callee") {
  CHECK(
      !has(after({"48 83 ec 40 | sub rsp, 0x40", "48 89 7c 24 20 | mov [rsp+0x20], rdi",
                  "48 8d 44 24 20 | lea rax, [rsp+0x20]", "48 89 44 24 08 | mov [rsp+0x8], rax", "call nobody_knows"}),
           "skb="));
}

TEST_CASE("a flow in the function's own frame is known once something was looked up with it") {
  const std::string room = "48 83 ec 60 | sub rsp, 0x60";
  const auto flow_after = [&](Code code) {
    code.insert(code.begin(), room);
    const std::string text = after(code);
    const size_t at = text.find("looked_up=");
    return at == std::string::npos ? "" : text.substr(at);
  };
  const std::string fl = "48 8d 7c 24 10 | lea rdi, [rsp+0x10]", other = "48 8d 7c 24 50 | lea rdi, [rsp+0x50]";
  const std::string decode = "call fill_flow", look = "call look_at_flow";
  CHECK(flow_after({fl, decode, fl, look}) == "looked_up=rsp+0x10(passed)");
  CHECK(flow_after({fl, decode, fl, look, "50 | push rax"}) == "looked_up=rsp+0x18(passed)");
  CHECK(flow_after({fl, decode}).empty()); // decoding may have failed
  CHECK(flow_after({fl, decode, fl, look, fl, decode}).empty());
  CHECK(flow_after({fl, look, "48 8d 7c 24 28 | lea rdi, [rsp+0x28]", decode}).empty()); // into a part of it
  CHECK(flow_after({fl, look, "48 89 5c 24 18 | mov [rsp+0x18], rbx"}).empty());
  CHECK(flow_after({fl, look, "48 89 5c 24 50 | mov [rsp+0x50], rbx"}) == "looked_up=rsp+0x10(passed)"); // behind it
  CHECK(flow_after({fl, decode, "je past", fl, look, "past:"}).empty()); // not on every way
  CHECK(flow_after({"je one", other, look, "jmp both", "one:", fl, look, "both:"}).empty());
  CHECK(flow_after({fl, look, "je past", other, look, "past:"}) == "looked_up=rsp+0x10(passed)"); // the first one
  CHECK(flow_after({"48 89 d7 | mov rdi, rdx", look}).empty());                                   // the caller's
  CHECK(flow_after({fl, "call nobody_knows"}).empty());
}
