// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The kernel's symbols, compact: read once from /proc/kallsyms, searched by address and by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xs {

struct Symbol {
  uint64_t address = 0;
  uint64_t size = 0; // up to the next symbol, bytes
  std::string name;
  std::string module; // empty: built in
};

class SymbolTable {
public:
  // One line of /proc/kallsyms ("address type name [module]"); others are ignored.
  void add_line(std::string_view line);
  // Another address of a function, from which code comes to it; it is none of `functions`.
  void add_veneer(uint64_t address, std::string_view function, std::string_view module);
  // To be called after the last line or veneer.
  void sort();

  size_t count() const { return entries_.size(); }
  // True if the kernel shows its addresses as zero.
  bool hidden() const { return !entries_.empty() && entries_.back().address == 0; }
  // The first name at exactly this address; empty: none.
  std::string_view name_at(uint64_t address) const;
  // "function+0x1a [module]"; the bare address where no symbol is near.
  std::string describe(uint64_t address) const;
  // The nearest symbol at or below the address, of no known size; none: there is no such.
  std::optional<Symbol> below(uint64_t address) const;
  // All names at exactly this address.
  std::vector<std::string_view> names_at(uint64_t address) const;
  // The address of the built-in symbol; none: no such symbol.
  std::optional<uint64_t> address_of(std::string_view name) const;
  // Every function whose name without compiler suffixes `wanted` accepts, by address. Sizes end at the next symbol.
  template <class Wanted> std::vector<Symbol> functions(Wanted&& wanted) const;

private:
  struct Entry {
    uint64_t address;
    uint32_t name;
    uint16_t module; // 0: built in
    char type;
  };
  std::vector<Entry> entries_;
  std::string names_; // each ends with a NUL
  std::vector<std::string> modules_{""};

  std::string_view name(const Entry& e) const { return names_.data() + e.name; }
  uint64_t size(size_t index) const;
  uint16_t module_index(std::string_view module);
};

// The function's name without what the compiler appended: "f.isra.0.cold" -> "f".
std::string_view source_name(std::string_view symbol);
// True of a part of a function that the compiler has moved away: .cold.
constexpr bool is_part(std::string_view symbol) {
  return symbol.ends_with(".cold");
}
// True if the compiler may have changed the parameters: .isra, .constprop, .part.
bool changed_abi(std::string_view symbol);

template <class Wanted> std::vector<Symbol> SymbolTable::functions(Wanted&& wanted) const {
  std::vector<Symbol> out;
  for (size_t i = 0; i < entries_.size(); i++) {
    const Entry& e = entries_[i];
    const bool code = e.type == 't' || e.type == 'T' || e.type == 'w' || e.type == 'W';
    if (code && wanted(source_name(name(e))))
      out.push_back({e.address, size(i), std::string(name(e)), modules_[e.module]});
  }
  return out;
}

} // namespace xs
