// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// A two-pass assembler for labels, calls and jumps; everything else is given as bytes.
#include "assembler.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sstream>

namespace xs::test {
namespace {

constexpr std::string_view kCallees[] = {"use_skb",
                                         "get_state",
                                         "get_net",
                                         "fill_flow",
                                         "look_at_flow",
                                         "set_number",
                                         "set_policies",
                                         "take_any",
                                         "consume_skb",
                                         "dst_release",
                                         "memcpy",
                                         "nobody_knows",
                                         "free_state",
                                         "preempt_schedule_thunk",
                                         "__stack_chk_fail",
                                         "xfrm_expand_policies",
                                         "xfrm_resolve_and_create_bundle",
                                         "__x86_return_thunk",
                                         "xfrm_lookup_with_ifid"};

struct Jump {
  std::string_view name;
  std::vector<uint8_t> opcode;
};
const Jump kJumps[] = {{"call", {0xe8}},     {"jmp", {0xe9}},       {"je", {0x0f, 0x84}}, {"jne", {0x0f, 0x85}},
                       {"ja", {0x0f, 0x87}}, {"jbe", {0x0f, 0x86}}, {"js", {0x0f, 0x88}}};

const Jump* jump(const std::string& word) {
  const auto* it = std::ranges::find(kJumps, word, &Jump::name);
  return it == std::end(kJumps) ? nullptr : it;
}

std::vector<uint8_t> bytes(const std::string& line) {
  std::istringstream in(line.substr(0, line.find('|')));
  std::vector<uint8_t> out;
  for (std::string word; in >> word;)
    out.push_back(static_cast<uint8_t>(std::stoul(word, nullptr, 16)));
  return out;
}

std::vector<uint8_t> jump_bytes(const Jump& jump, uint64_t target, uint64_t at) {
  std::vector<uint8_t> out = jump.opcode;
  const uint64_t distance = target - (at + out.size() + 4);
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<uint8_t>(distance >> shift));
  return out;
}

} // namespace

uint64_t callee(std::string_view name) {
  const auto* it = std::ranges::find(kCallees, name);
  REQUIRE(it != std::end(kCallees));
  return 0xffffffff81100000 + 0x1000 * static_cast<uint64_t>(it - kCallees);
}

std::vector<uint8_t> assemble(const Code& code, uint64_t address, Labels* shared) {
  Labels own;
  Labels& labels = shared ? *shared : own;
  std::vector<uint8_t> out;
  for (int pass = 0; pass < 2; pass++) {
    out.clear();
    for (const std::string& line : code) {
      const uint64_t at = address + out.size();
      if (line.ends_with(':')) {
        labels[line.substr(0, line.size() - 1)] = at;
        continue;
      }
      const std::string word = line.substr(0, line.find(' ')), rest = line.substr(line.find(' ') + 1);
      const Jump* j = jump(word);
      const bool elsewhere = word == "call" || std::ranges::find(kCallees, rest) != std::end(kCallees);
      const uint64_t target = !j ? 0 : elsewhere ? callee(rest) : labels[rest];
      const std::vector<uint8_t> more = j ? jump_bytes(*j, target, at) : bytes(line);
      out.insert(out.end(), more.begin(), more.end());
    }
  }
  return out;
}

KernelImage small_kernel(const Code& code, const Code& cold) {
  KernelImage image;
  image.arch = &x86_64();
  Labels labels;
  assemble(cold, kPart, &labels);
  assemble(code, kStart, &labels);
  const auto add = [&](uint64_t at, const char* name, const Code& lines) {
    auto text = assemble(lines, at, &labels);
    image.functions.push_back({at, text.size(), name, ""});
    image.text.emplace(at, std::move(text));
    image.symbols.add_line(fmt::format("{:x} t {}", at, name));
  };
  add(kStart, "xfrm_input", code);
  if (!cold.empty()) add(kPart, "xfrm_input.cold", cold);
  for (const std::string_view name : kCallees)
    image.symbols.add_line(fmt::format("{:x} T {}", callee(name), name));
  image.symbols.sort();
  image.btf.vmlinux = small_types();
  return image;
}

KernelImage small_kernel(const Code& code) {
  return small_kernel(code, {});
}

KernelImage small_kernel(const Code& code, const char* inner, const Code& inner_code) {
  KernelImage image = small_kernel(code);
  const uint64_t at = callee(inner);
  auto text = assemble(inner_code, at);
  image.functions.push_back({at, text.size(), inner, ""});
  image.text.emplace(at, std::move(text));
  return image;
}

std::string known(const KernelImage& image) {
  const Resolution r = resolve(image);
  for (const std::string& problem : r.problems)
    MESSAGE(problem);
  if (r.sites.size() != 1) return r.sites.empty() ? "no site" : "several sites";
  const std::string text = describe(r.sites[0]);
  const size_t start = text.find(' ', text.find(' ') + 1) + 1, end = text.find("base=");
  return end > start ? text.substr(start, end - start - 1) : "";
}

} // namespace xs::test
