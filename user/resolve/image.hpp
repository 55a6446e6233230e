// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The part of a running kernel that the resolver needs, as plain data: symbols, text, types.
#pragma once

#include "insn.hpp"
#include "symbols.hpp"
#include "types.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

// True if the function may hold increments, or leads to one that does: by its name without compiler suffixes.
bool is_searched(std::string_view function);

struct KernelImage {
  const Arch* arch = nullptr;
  std::string release;           // uname -r
  std::vector<Symbol> functions; // those to be searched, ".cold" and similar parts included
  std::vector<Symbol> losing;    // those that may lose packets; see losses.hpp
  SymbolTable symbols;
  std::map<uint64_t, std::vector<uint8_t>> text;    // by address of the symbol, `size` bytes
  std::map<uint64_t, std::vector<uint64_t>> tables; // of jumps in the text, by address: where they lead to
  KernelBtf btf;

  // The text from `address` to the end of the symbol around it; empty: not at hand.
  std::span<const uint8_t> code(uint64_t address) const;
  // The instruction at `address`; none: it is not at hand, or the bytes are not one.
  std::optional<Insn> insn(uint64_t address) const;
  // The tables that jumps in the text go through, each with the function that it belongs to.
  std::map<uint64_t, const Symbol*> jump_tables() const;
  // The searched symbol around an address; nullptr: none.
  const Symbol* around(uint64_t address) const;
};

} // namespace xs
