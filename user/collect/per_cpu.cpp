// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Finds per-CPU variables by name; or __per_cpu_offset by the code that uses it.
#include "per_cpu.hpp"
#include "../sys/kernel_abi.hpp"

#include <array>
#include <cstring>

namespace xs {
namespace {

// The page that adrp at `pc` puts into its register.
uint64_t page(uint32_t word, uint64_t pc) {
  const uint64_t pages = (word >> 29 & 3) | (word >> 5 & 0x7ffff) << 2;
  constexpr uint64_t kSign = 1 << 20;
  return (pc & ~uint64_t{0xfff}) + (((pages ^ kSign) - kSign) << 12);
}

bool is_adrp(uint32_t word) {
  return (word & 0x9f000000) == 0x90000000;
}

// add xD, xN, #immediate, not shifted.
bool is_add(uint32_t word) {
  return (word & 0xffc00000) == 0x91000000;
}

// ldr xD, [xN, wM, sxtw #3]: an array of words by a number that is an int.
bool is_indexed_load(uint32_t word) {
  return (word & 0xffe0fc00) == 0xf860d800;
}

} // namespace

std::optional<uint64_t> indexed_by_cpu(uint64_t address, std::span<const uint8_t> text) {
  std::array<uint64_t, 32> known{}; // by register; 0: not known
  for (size_t at = 0; at + 4 <= text.size(); at += 4) {
    uint32_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    const uint32_t to = word & 31, from = word >> 5 & 31;
    if (is_indexed_load(word) && known[from]) return known[from];
    if (is_adrp(word)) known[to] = page(word, address + at);
    if (is_add(word)) known[to] = known[from] ? known[from] + (word >> 10 & 0xfff) : 0;
  }
  return {};
}

namespace {

uint64_t find_offsets(const KernelImage& image, KernelMemory& memory) {
  constexpr size_t kEnough = 256;
  if (const auto offsets = image.symbols.address_of("__per_cpu_offset")) return *offsets;
  const auto user = image.symbols.address_of("snmp_fold_field");
  if (!user || &this_abi() != &kArm64Abi) return 0;
  return indexed_by_cpu(*user, memory.read_some(*user, kEnough)).value_or(0);
}

} // namespace

PerCpu find_per_cpu(const KernelImage& image, KernelMemory& memory) {
  PerCpu out;
  out.offsets = find_offsets(image, memory);
  if (const auto own = image.symbols.address_of("__preempt_count")) {
    out.preempt_count = *own;
  } else if (const auto hot = image.symbols.address_of("pcpu_hot")) {
    const int64_t at = image.btf.types().offset_of("pcpu_hot", {"preempt_count"});
    if (at >= 0) out.preempt_count = *hot + static_cast<uint64_t>(at);
  }
  return out;
}

} // namespace xs
