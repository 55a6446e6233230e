// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which instructions are increments, which paths lead to them, and what else the kernel's text may contain.
#include "assembler.hpp"

#include <doctest/doctest.h>

using namespace xs;
using namespace xs::test;

namespace {

std::vector<std::string> described(const KernelImage& image) {
  std::vector<std::string> out;
  for (const Site& site : resolve(image).sites) {
    const std::string text = describe(site);
    const size_t name = text.find(' ');
    const size_t base = text.find("base=");
    out.push_back(text.substr(0, text.find(' ', name + 1) + 1) + text.substr(base));
  }
  return out;
}

std::vector<std::string> sites(const Code& code) {
  return described(small_kernel(code));
}

std::vector<std::string> problems(const Code& code) {
  return resolve(small_kernel(code)).problems;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("every shape of an increment is found") {
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 80 98 00 00 00 | inc qword ptr gs:[rax+0x98]",
               "c3 | ret"}) == Lines{"xfrm_input+0x4 XfrmOutStateProtoError base=rax"});
  CHECK(sites({"4c 8b 66 50 | mov r12, [rsi+0x50]", "65 49 ff 44 24 08 | inc qword ptr gs:[r12+0x8]", "c3 | ret"}) ==
        Lines{"xfrm_input+0x4 XfrmInError base=r12"});
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 83 40 08 01 | add qword ptr gs:[rax+0x8], 1", "c3 | ret"}) ==
        Lines{"xfrm_input+0x4 XfrmInError base=rax"});
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 01 58 08 | add qword ptr gs:[rax+0x8], rbx", "c3 | ret"}) ==
        Lines{"xfrm_input+0x4 XfrmInError base=rax amount=rbx"});
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "48 05 90 00 00 00 | add rax, 0x90",
               "65 48 ff 00 | inc qword ptr gs:[rax]", "c3 | ret"}) ==
        Lines{"xfrm_input+0xa XfrmOutNoStates base=rax-0x90"});
  CHECK(sites({"48 8b 5e 50 | mov rbx, [rsi+0x50]", "48 8d 43 18 | lea rax, [rbx+0x18]",
               "65 48 ff 40 f8 | inc qword ptr gs:[rax-0x8]", "c3 | ret"}) ==
        Lines{"xfrm_input+0x8 XfrmInBufferError base=rax-0x18"});
}

TEST_CASE("other memory that grows is no counter of XFRM") {
  const Lines none;
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "48 ff 40 08 | inc qword ptr [rax+0x8]", "c3 | ret"}) ==
        none); // not per CPU
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 ff 40 08 | inc dword ptr gs:[rax+0x8]", "c3 | ret"}) ==
        none); // half of it
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 48 08 | dec qword ptr gs:[rax+0x8]", "c3 | ret"}) ==
        none); // falls
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 83 40 08 02 | add qword ptr gs:[rax+0x8], 2", "c3 | ret"}) ==
        none); // grows by two
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 0c | inc qword ptr gs:[rax+0x0c]", "c3 | ret"}) ==
        none); // between two counters
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 00 | inc qword ptr gs:[rax]", "c3 | ret"}) ==
        none); // index 0 is no counter
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 80 00 02 00 00 | inc qword ptr gs:[rax+0x200]",
               "c3 | ret"}) == none); // beyond the last
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 44 d8 08 | inc qword ptr gs:[rax+rbx*8+8]",
               "c3 | ret"}) == none); // any of them
  CHECK(sites({"48 8b 47 50 | mov rax, [rdi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"}) ==
        none); // not the netns'
  CHECK(sites({"48 8b 46 48 | mov rax, [rsi+0x48]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"}) ==
        none); // another member
}

TEST_CASE("the counters of a netns of unknown type count where the source says so") {
  CHECK(sites({"48 8b 9f 90 00 00 00 | mov rbx, [rdi+0x90]", "48 8b 43 50 | mov rax, [rbx+0x50]",
               "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"}) ==
        Lines{"xfrm_input+0xb XfrmInError base=rax"});
  // xfrm_input does not raise XfrmOutError.
  CHECK(sites({"48 8b 9f 90 00 00 00 | mov rbx, [rdi+0x90]", "48 8b 43 50 | mov rax, [rbx+0x50]",
               "65 48 ff 40 78 | inc qword ptr gs:[rax+0x78]", "c3 | ret"})
            .empty());
}

TEST_CASE("a base that cannot be proved is a problem, not a site") {
  const Code code{"48 8b 46 50 | mov rax, [rsi+0x50]",           "je both", "48 8b 07 | mov rax, [rdi]", "both:",
                  "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"};
  CHECK(sites(code).empty());
  CHECK(problems(code) == Lines{"xfrm_input+0xd may count, but it is not proved which counters its base belongs to"});
}

TEST_CASE("a base that was read from a variable of the kernel is none of a netns' counters") {
  const auto counted_at = [](const char* load) {
    return problems({load, "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"});
  };
  CHECK(counted_at("48 8b 05 00 10 00 00 | mov rax, [rip+0x1000]").empty());
  CHECK(counted_at("48 8b 04 25 00 10 00 81 | mov rax, [0xffffffff81001000]").empty());
  CHECK(counted_at("49 8b 02 | mov rax, [r10]").size() == 1);
  CHECK(counted_at("4a 8b 04 d5 00 10 00 81 | mov rax, [r10*8-0x7efff000]").size() == 1);
}

TEST_CASE("cold parts and jumps belong to the function, tail calls do not") {
  const KernelImage image = small_kernel(
      {"48 89 fb | mov rbx, rdi", "jne cold", "back:", "c3 | ret"},
      {"cold:", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "jmp back"});
  CHECK(described(image) == Lines{"xfrm_input.cold+0x4 XfrmInError base=rax"});
  CHECK(known(image).starts_with("skb=rbx(argument)"));
  // Back to the first instruction: a new call of itself, which knows its parameters.
  CHECK(known({"again:", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
               "48 89 d7 | mov rdi, rdx", "48 89 de | mov rsi, rbx", "jmp again"})
            .starts_with("skb=rdi(argument)"));
}

TEST_CASE("behind a call that never returns stands other code") {
  CHECK(known({"48 89 fb | mov rbx, rdi", "je fine", "48 89 c3 | mov rbx, rax", "call __stack_chk_fail",
               "fine:", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"})
            .starts_with("skb=rbx(argument)"));
}

TEST_CASE("warnings fall through") {
  for (const char* warning : {"0f 0b | ud2", "67 48 0f b9 3a | ud1 (%edx), %rdi", "0f b9 c0 | ud1 %eax, %eax"}) {
    CAPTURE(warning);
    CHECK(
        sites({"48 8b 46 50 | mov rax, [rsi+0x50]", warning, "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"})
            .size() == 1);
  }
}

TEST_CASE("an increment under a breakpoint is found, if its base is proved") {
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "cc 48 ff 40 08 | int3 on inc qword ptr gs:[rax+0x8]",
               "c3 | ret"}) == Lines{"xfrm_input+0x4 XfrmInError base=rax"});
  CHECK(sites({"48 8b 46 48 | mov rax, [rsi+0x48]", "cc 48 ff 40 08", "c3 | ret"}).empty());
  CHECK(sites({"48 8b 46 50 | mov rax, [rsi+0x50]", "cc 48 8b 40 08 | int3 on something else",
               "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"})
            .empty());
}

TEST_CASE("a breakpoint before an increment costs the operands, not the site") {
  CHECK(known({"48 89 fb | mov rbx, rdi", "je later", "cc 89 c0 | int3 on mov r8, rax", "later:",
               "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret"}) == "");
}

TEST_CASE("the jump of an optimised probe is reported") {
  const Code code{"48 8b 46 50 | mov rax, [rsi+0x50]", "e9 00 00 00 3f | jmp to a copy of inc qword ptr gs:[rax+0x8]",
                  "c3 | ret"};
  CHECK(problems(code) ==
        Lines{"xfrm_input+0x4 jumps to where no function starts: another program's kprobe may hide an "
              "increment here"});
}

TEST_CASE("code that nothing leads to yet may be switched on") {
  // Behind the ret stands what a static key would lead to: it may come with anything in rbx.
  CHECK(known({"48 89 fb | mov rbx, rdi", "0f 1f 44 00 00 | nop, or a jump to switched",
               "back:", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret",
               "48 89 c3 | mov rbx, rax", "jmp back", "c3 | ret"})
            .find("skb=rbx") != std::string::npos); // the last bytes are no hole: nothing behind them is reached
  CHECK(known({"je end", "48 89 fb | mov rbx, rdi", "jmp back", "48 89 c3 | mov rbx, rax",
               "back:", "31 ff | xor edi, edi", "48 8b 46 50 | mov rax, [rsi+0x50]",
               "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "end:", "c3 | ret"})
            .find("skb") == std::string::npos);
  CHECK(known({"je end", "48 89 fb | mov rbx, rdi", "jmp back", "cc 90 cc 66 90", "back:", "31 ff | xor edi, edi",
               "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "end:", "c3 | ret"})
            .starts_with("skb=rbx(argument)")); // padding
}

TEST_CASE("cases of a switch are entered with what is known where it jumps through its table") {
  const std::string there =
      known({"je end", "48 89 fb | mov rbx, rdi", "31 ff | xor edi, edi", "ff 24 c5 00 00 00 81 | jmp [table+rax*8]",
             "31 c9 | xor ecx, ecx", "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]",
             "c3 | ret", "end:", "c3 | ret"});
  CHECK(there.find("skb=rbx(argument)") != there.npos);
  // One of the cases may also follow another one, which has lost it.
  const std::string lost =
      known({"je end", "48 89 fb | mov rbx, rdi", "31 ff | xor edi, edi", "ff 24 c5 00 00 00 81 | jmp [table+rax*8]",
             "31 db | xor ebx, ebx", "c3 | ret", "48 89 c3 | mov rbx, rax", "48 8b 46 50 | mov rax, [rsi+0x50]",
             "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret", "end:", "c3 | ret"});
  CHECK(lost.find("skb") == lost.npos);
}

TEST_CASE("what a static key may lead to is entered with what is known at the key") {
  const auto switched = [](const char* key) {
    return known({"je end", "48 89 fb | mov rbx, rdi", "31 ff | xor edi, edi", key, "c3 | ret", "31 c9 | xor ecx, ecx",
                  "48 8b 46 50 | mov rax, [rsi+0x50]", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]", "c3 | ret",
                  "end:", "c3 | ret"});
  };
  CHECK(switched("0f 1f 44 00 00 | nop").find("skb=rbx(argument)") != std::string::npos);
  CHECK(switched("66 90 | nop").find("skb=rbx(argument)") != std::string::npos);
  CHECK(switched("cc | int3, on who knows what").find("skb") == std::string::npos);
  CHECK(switched("90 | nop that is no key").find("skb") == std::string::npos); // nor does the ret before it lead there
}

TEST_CASE("a listed increment that nothing leads to is reported") {
  CHECK(problems({"c3 | ret", "65 48 ff 40 08 | inc qword ptr gs:[rax+0x8]"}) ==
        Lines{"xfrm_input+0x1 looks like an increment, but nothing leads to it"});
  CHECK(problems({"c3 | ret", "65 48 ff 40 78 | inc qword ptr gs:[rax+0x78]"})
            .empty()); // xfrm_input does not raise XfrmOutError
}

TEST_CASE("bytes that are no instruction are reported") {
  CHECK(problems({"48 8b 46 50 | mov rax, [rsi+0x50]", "06 | invalid"}) ==
        Lines{"xfrm_input+0x4 is not an instruction that can be decoded"});
  CHECK(problems({"48 8b | cut off"}) == Lines{"xfrm_input+0x0 is not an instruction that can be decoded"});
}
