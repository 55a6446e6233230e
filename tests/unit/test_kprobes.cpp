// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Text is read as if it had no probes.
#include "../../user/collect/kprobes.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using namespace xs;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kText = 0xffffffff81000000;
const Bytes kOriginal{0x90, 0x65, 0x48, 0xff, 0x40, 0x20, 0xc3}; // nop; inc qword gs:[rax+0x20]; ret

Bytes without(Bytes text, const std::vector<Kprobe>& probes, uint64_t at = kText) {
  remove_kprobes(kX86Abi, probes, at, text);
  return text;
}

} // namespace

TEST_CASE("a breakpoint gives back the byte that it stands on") {
  CHECK(without({0x90, 0xcc, 0x48, 0xff, 0x40, 0x20, 0xc3}, {{kText + 1, {0x65}, {}}}) == kOriginal);
}

TEST_CASE("a breakpoint that is about to become a jump has its other bytes") {
  CHECK(without({0x90, 0xcc, 0x48, 0xff, 0x40, 0x20, 0xc3}, {{kText + 1, {0x65}, {1, 2, 3, 4}}}) == kOriginal);
}

TEST_CASE("a jump gives back all its five bytes, once") {
  const std::vector<Kprobe> probes{{kText + 1, {0x65}, {0x48, 0xff, 0x40, 0x20}}};
  CHECK(without({0x90, 0xe9, 0x11, 0x22, 0x33, 0x44, 0xc3}, probes) == kOriginal);
  CHECK(without(kOriginal, probes) == kOriginal); // not set any more
}

TEST_CASE("a jump of the kernel's own stays") {
  const Bytes text{0xe9, 0x11, 0x22, 0x33, 0x44};
  CHECK(without(text, {{kText, {0xe9}, {}}}) == text);
  CHECK(without(text, {{kText + 5, {0x65}, {1, 2, 3, 4}}, {kText - 1, {0x65}, {1, 2, 3, 4}}}) == text);
}

TEST_CASE("a jump at the end of what was read does no harm beyond it") {
  CHECK(without({0x90, 0xe9, 0x11}, {{kText + 1, {0x65}, {0x48, 0xff, 0x40, 0x20}}}) == Bytes{0x90, 0x65, 0x48});
  CHECK(without({0xcc}, {{kText, {0x65}, {}}}) == Bytes{0x65});
  CHECK(without({}, {{kText, {0x65}, {}}}).empty());
}

TEST_CASE("on arm64 a breakpoint is an instruction, and no byte of another one is a jump") {
  const Bytes original{0x1f, 0x20, 0x03, 0xd5, 0x01, 0x00, 0x0e, 0x91}; // nop; add x1, x0, #0x380
  const std::vector<Kprobe> probes{{kText + 4, {0x01, 0x00, 0x0e, 0x91}, {}}};
  Bytes text{0x1f, 0x20, 0x03, 0xd5, 0x80, 0x00, 0x20, 0xd4};
  remove_kprobes(kArm64Abi, probes, kText, text);
  CHECK(text == original);
  text = {0x1f, 0x20, 0x03, 0xd5, 0xe9, 0x00, 0x0e, 0x91};
  const Bytes as_it_was = text;
  remove_kprobes(kArm64Abi, {{kText + 4, {0x01}, {1, 2, 3, 4}}}, kText, text);
  CHECK(text == as_it_was);
  text = {0x80, 0x00, 0x20};
  remove_kprobes(kArm64Abi, {{kText, {0x01}, {}}}, kText, text);
  CHECK(text == Bytes{0x80, 0x00, 0x20});
}

TEST_CASE("a compare-and-swap is no load-exclusive") {
  for (const uint32_t cas : {0x88e17c02u, 0xc8e0fc01u, 0x88a07c41u}) { // casa, casal, cas
    CHECK(is_compare_and_swap(cas));
    CHECK_FALSE(is_load_exclusive(cas));
  }
  for (const uint32_t load : {0xc85f7c02u, 0x885ffc41u}) { // ldxr, ldaxr
    CHECK(is_load_exclusive(load));
    CHECK_FALSE(is_compare_and_swap(load));
  }
  CHECK_FALSE(is_load_exclusive(0xc8dffc41)); // ldar
  CHECK_FALSE(is_load_exclusive(0xc8027c01)); // stxr
}

TEST_CASE("each register is where the processor's struct pt_regs has it") {
  CHECK(saved_at(kX86Abi, 0) == 80);  // rax
  CHECK(saved_at(kX86Abi, 4) == 152); // rsp
  CHECK(saved_at(kX86Abi, 15) == 0);  // r15
  CHECK(saved_at(kArm64Abi, 30) == 240);
  CHECK(saved_at(kArm64Abi, 31) == 248); // sp
  CHECK_THROWS_AS(saved_at(kX86Abi, 16), std::out_of_range);
}

TEST_CASE("a jump into a BPF trampoline at a function's entry is a no-operation, one into the kernel is not") {
  SymbolTable symbols;
  for (const char* line : {"ffffffff81000000 T f", "ffffffff81000100 T g", "ffffffffc0000000 t m\t[esp4]",
                           "ffffffffc0001000 t bpf_trampoline_1\t[bpf]"})
    symbols.add_line(line);
  symbols.sort();
  const Bytes nop{0x0f, 0x1f, 0x44, 0x00, 0x00, 0xc3};
  const auto entry = [&](Bytes text, const Symbol& function) {
    remove_trampoline(kX86Abi, symbols, function, text);
    return text;
  };
  const Symbol f{kText, 0x100, "f", ""}, m{0xffffffffc0000000, 0x1000, "m", "esp4"};
  const Bytes to_trampoline{0xe9, 0xfb, 0x0f, 0x00, 0x3f, 0xc3}, to_g{0xe9, 0xfb, 0x00, 0x00, 0x00, 0xc3};
  CHECK(entry(to_trampoline, f) == nop);
  CHECK(entry({0xf3, 0x0f, 0x1e, 0xfa, 0xe9, 0xf7, 0x0f, 0x00, 0x3f, 0xc3}, f) ==
        Bytes{0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0xc3});
  CHECK(entry(to_g, f) == to_g);
  CHECK(entry({0xe9, 0xfb, 0x0f, 0x00, 0x00, 0xc3}, m) == nop);
  CHECK(entry(to_g, m) == to_g); // into its own module
  CHECK(entry({0xe9, 0xfb}, f) == Bytes{0xe9, 0xfb});
  CHECK(entry({}, f).empty());
}
