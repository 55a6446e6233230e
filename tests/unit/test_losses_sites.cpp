// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Places of losses in small functions: calls that free packets, entries, results that are made an errno.
#include "../../user/resolve/losses.hpp"
#include "../../user/resolve/refusal.hpp"
#include "assembler.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace xs;
using namespace xs::test;

namespace {

constexpr uint64_t kFree = 0xffffffff81300000; // where the function is that frees

// A jump or call to it, from where it stands.
std::string to_free(const char* opcode, uint64_t at) {
  const uint64_t distance = kFree - (at + 5);
  return fmt::format("{} {:02x} {:02x} {:02x} {:02x}", opcode, distance & 0xff, distance >> 8 & 0xff,
                     distance >> 16 & 0xff, distance >> 24 & 0xff);
}

// A kernel with one function of the list, and one that frees.
KernelImage losing(const char* function, const Code& code, const char* freeing = "kfree_skb") {
  KernelImage image = small_kernel(code);
  image.losing = {{kStart, image.text.at(kStart).size(), function, ""}};
  image.functions = image.losing;
  image.symbols.add_line(fmt::format("{:x} T {}", kFree, freeing));
  image.symbols.sort();
  return image;
}

// "interface +0x3 reg 7", of each.
std::vector<std::string> found(const KernelImage& image) {
  std::vector<std::string> out;
  for (const Site& s : find_losses(image).sites) {
    const auto& packet = s.operands[static_cast<size_t>(Role::skb)];
    out.push_back(fmt::format("{} +{:#x} {}", loss_kind(s.counter)->name, s.offset,
                              packet && packet->reg == image.arch->arguments[0]   ? "first"
                              : packet && packet->reg == image.arch->arguments[1] ? "second"
                                                                                  : "none"));
  }
  return out;
}

using Lines = std::vector<std::string>;

bool absent(const KernelImage& image, std::string_view function, std::string_view why) {
  for (const AbsentLoss& a : find_losses(image).absent)
    if (a.listed->function == function) return a.why == why;
  return false;
}

const std::string kReturn = "c3 | ret";

} // namespace

TEST_CASE("a call or a jump to what frees a packet") {
  CHECK(found(losing("xfrmi_xmit", {to_free("e8", kStart), kReturn})) == Lines{"interface +0x0 first"});
  CHECK(found(losing("xfrmi_xmit", {"90 | nop", to_free("e9", kStart + 1)})) == Lines{"interface +0x1 first"});
  CHECK(found(losing("xfrmi_xmit", {to_free("e8", kStart), to_free("e8", kStart + 5), kReturn})).size() == 2);
  CHECK(found(losing("xfrmi_xmit.isra.0", {to_free("e8", kStart), kReturn})).size() == 1);
  CHECK(found(losing("xfrmi_xmit", {to_free("e8", kStart), kReturn}, "sk_skb_reason_drop")) ==
        Lines{"interface +0x0 second"});
}

TEST_CASE("a call of something else is none, and the list says so") {
  const KernelImage image = losing("xfrmi_xmit", {to_free("e8", kStart), kReturn}, "consume_skb2");
  CHECK(found(image).empty());
  CHECK(absent(image, "xfrmi_xmit", "nothing in the function looks like it"));
  CHECK(absent(image, "vti_tunnel_xmit", "the kernel has no such function"));
}

TEST_CASE("of GSO packets the list of what is left is lost, not the packet that was cut up") {
  CHECK(found(losing("xfrm_output_gso", {to_free("e8", kStart), kReturn})).empty());
  CHECK(found(losing("xfrm_output_gso", {to_free("e8", kStart), kReturn}, "kfree_skb_list")) ==
        Lines{"gso-tail +0x0 first"});
  CHECK(found(losing("xfrmi_xmit", {to_free("e8", kStart), kReturn}, "kfree_skb_list")).empty());
}

TEST_CASE("an entry is behind the landing pad") {
  CHECK(found(losing("__icmp_send", {kReturn})) == Lines{"icmp-error +0x0 first"});
  CHECK(found(losing("__icmp_send", {"f3 0f 1e fa | endbr64", kReturn})) == Lines{"icmp-error +0x4 first"});
  CHECK(found(losing("arp_error_report", {kReturn})) == Lines{"next-hop-dead +0x0 second"});
  CHECK(found(losing("__icmp_send.cold", {kReturn})).empty());
}

TEST_CASE("the result that is made an errno, where the packet is still in hand") {
  const std::string load = "b8 97 ff ff ff | mov eax, -105", test = "48 85 ff | test rdi, rdi";
  CHECK(found(losing("xfrm_trans_queue", {test, "je full", "31 c0 | xor eax, eax", kReturn, "full:", load, kReturn})) ==
        Lines{"trans-queue-full +0xc first"});
  CHECK(found(losing("xfrm_trans_queue_net", {test, "je full", "31 c0 | xor eax, eax", kReturn, "full:", load,
                                              kReturn})) == Lines{"trans-queue-full +0xc second"});
  CHECK(found(losing("xfrm_trans_queue", {"b8 ea ff ff ff | mov eax, -22", kReturn})).empty()); // another one
  CHECK(found(losing("xfrm_trans_queue", {load, "call use_skb", kReturn})).empty());            // it goes on
  CHECK(found(losing("xfrm_trans_queue", {load, "31 c0 | xor eax, eax", kReturn})).empty());    // it is not returned
  CHECK(
      found(losing("xfrm_trans_queue", {"31 ff | xor edi, edi", load, kReturn})).empty()); // the packet is not at hand
  CHECK(found(losing("xfrm_trans_queue", {"call use_skb", load, kReturn})).empty());
}

TEST_CASE("a packet that was moved is found there; where ways meet, what holds on all of them") {
  const std::string load = "b8 97 ff ff ff | mov eax, -105", move = "48 89 fb | mov rbx, rdi";
  const auto refusals_of = [&](const Code& code) {
    const KernelImage image = losing("xfrm_trans_queue", code);
    return refusals(image, image.losing[0], 105, 0);
  };
  const auto moved = refusals_of({move, "31 ff | xor edi, edi", load, kReturn});
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].parameter != x86_64().arguments[0]);
  CHECK(refusals_of({move, "call use_skb", load, "5b | pop rbx", kReturn}).size() == 1);
  CHECK(refusals_of({"je other", load, kReturn, "other:", "31 ff | xor edi, edi", load, kReturn}).size() == 1);
  CHECK(refusals_of({"je other", "31 ff | xor edi, edi", "other:", load, kReturn}).empty());
}

TEST_CASE("a kernel without types has no places") {
  KernelImage image = losing("xfrmi_xmit", {to_free("e8", kStart), kReturn});
  image.btf.vmlinux.reset();
  CHECK(find_losses(image).sites.empty());
}
