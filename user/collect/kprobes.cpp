// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the kernel's kprobe_table.
#include "kprobes.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace xs {
namespace {

struct Offsets {
  int64_t node, address, first, flags,
      more; // in struct kprobe; `more` in the struct optimized_kprobe that begins with it
  bool known() const { return node >= 0 && address >= 0 && first >= 0 && flags >= 0; }
};

Offsets offsets(const Types& types) {
  return {types.offset_of("kprobe", {"hlist"}), types.offset_of("kprobe", {"addr"}),
          types.offset_of("kprobe", {"opcode"}), types.offset_of("kprobe", {"flags"}),
          types.offset_of("optimized_kprobe", {"optinsn", "copied_insn"})};
}

Kprobe read_kprobe(uint64_t at, const Offsets& o, KernelMemory& memory) {
  constexpr uint32_t kOptimized = 4; // KPROBE_FLAG_OPTIMIZED: it is in a struct optimized_kprobe
  Kprobe out;
  uint32_t flags = 0;
  memory.read_object(at + static_cast<uint64_t>(o.address), out.address);
  memory.read_object(at + static_cast<uint64_t>(o.first), out.first);
  memory.read_object(at + static_cast<uint64_t>(o.flags), flags);
  if (o.more >= 0 && flags & kOptimized) memory.read_object(at + static_cast<uint64_t>(o.more), out.more);
  return out;
}

} // namespace

std::vector<Kprobe> read_kprobes(const SymbolTable& symbols, const Types& types, KernelMemory& memory) {
  constexpr size_t kMost = 1 << 16; // bounds a chain that changes while it is read
  const Offsets o = offsets(types);
  const auto table = symbols.address_of("kprobe_table");
  std::array<uint64_t, 64> heads{}; // KPROBE_TABLE_SIZE
  if (!table || !o.known() || !memory.read_object(*table, heads)) return {};
  std::vector<Kprobe> out;
  for (uint64_t node : heads)
    while (node && out.size() < kMost) {
      out.push_back(read_kprobe(node - static_cast<uint64_t>(o.node), o, memory));
      if (!memory.read_object(node, node)) break;
    }
  return out;
}

void remove_kprobes(const KernelAbi& abi, const std::vector<Kprobe>& probes, uint64_t address,
                    std::vector<uint8_t>& text) {
  for (const Kprobe& p : probes) {
    if (p.address < address || p.address - address >= text.size()) continue;
    const size_t at = p.address - address;
    const std::span stands = std::span(text).subspan(at);
    if (!is_probe(abi, stands)) continue;
    const bool jump = abi.jump && stands[0] == abi.jump;
    if (jump && p.more == decltype(p.more){}) continue;
    std::copy_n(p.first.begin(), abi.breakpoint.size(), stands.begin());
    if (jump) std::copy_n(p.more.begin(), std::min(p.more.size(), stands.size() - 1), stands.begin() + 1);
  }
}

void remove_trampoline(const KernelAbi& abi, const SymbolTable& symbols, const Symbol& function,
                       std::vector<uint8_t>& text) {
  constexpr std::array<uint8_t, 4> kEndbr64{0xf3, 0x0f, 0x1e, 0xfa};
  constexpr std::array<uint8_t, 5> kNop{0x0f, 0x1f, 0x44, 0x00, 0x00};
  const size_t at =
      std::ranges::equal(std::span(text).first(std::min(text.size(), kEndbr64.size())), kEndbr64) ? kEndbr64.size() : 0;
  if (text.size() < at + kNop.size() || !abi.jump || text[at] != abi.jump) return;
  int32_t distance = 0;
  std::memcpy(&distance, text.data() + at + 1, sizeof(distance));
  const uint64_t target = function.address + at + kNop.size() + static_cast<uint64_t>(int64_t{distance});
  // A jump of the function itself leads into the kernel or into its own module.
  const std::string place = symbols.describe(target);
  if (place.ends_with(']') && !place.ends_with(" [" + function.module + "]"))
    std::ranges::copy(kNop, text.begin() + at);
}

} // namespace xs
