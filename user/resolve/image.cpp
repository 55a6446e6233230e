// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Looks things up in the kernel's text and symbols.
#include "image.hpp"
#include "facts.hpp"

#include "../model/probe_list.hpp"

namespace xs {

bool is_searched(std::string_view function) {
  return is_listed(function) || loses_flow(function);
}

std::span<const uint8_t> KernelImage::code(uint64_t address) const {
  auto it = text.upper_bound(address);
  if (it == text.begin()) return {};
  --it;
  const uint64_t into = address - it->first;
  if (into >= it->second.size()) return {};
  return std::span(it->second).subspan(into);
}

std::optional<Insn> KernelImage::insn(uint64_t address) const {
  auto out = arch->decode(code(address), address);
  if (out && arch->joined) arch->joined(*out, *this);
  return out;
}

std::map<uint64_t, const Symbol*> KernelImage::jump_tables() const {
  std::map<uint64_t, const Symbol*> out;
  for (const Symbol& f : functions)
    for (uint64_t at = f.address; at < f.address + f.size;) {
      const auto insn = this->insn(at);
      if (insn && insn->table) out.emplace(*insn->table, &f);
      at += insn ? insn->length : arch->step;
    }
  return out;
}

const Symbol* KernelImage::around(uint64_t address) const {
  for (const Symbol& s : functions)
    if (address >= s.address && address - s.address < s.size) return &s;
  return nullptr;
}

} // namespace xs
