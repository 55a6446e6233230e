// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Which processors there are.
#include "insn.hpp"

namespace xs {

const Arch& arch_of(Processor processor) {
  return processor == Processor::arm64 ? aarch64() : x86_64();
}

std::string_view machine_name(Processor processor) {
  return processor == Processor::arm64 ? "aarch64" : "x86_64";
}

const Arch* arch_named(std::string_view machine) {
  for (const Processor p : {Processor::x86_64, Processor::arm64})
    if (machine == machine_name(p)) return &arch_of(p);
  return nullptr;
}

} // namespace xs
