// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Keeps and searches the kernel's symbols.
#include "symbols.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <fmt/format.h>

namespace xs {

void SymbolTable::add_line(std::string_view line) {
  uint64_t address = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
  const size_t used = static_cast<size_t>(end - line.data());
  if (error != std::errc{} || line.size() < used + 4 || line[used] != ' ' || line[used + 2] != ' ') return;
  std::string_view rest = line.substr(used + 3), module;
  if (const size_t tab = rest.find('\t'); tab != rest.npos) {
    module = rest.substr(tab + 1);
    rest = rest.substr(0, tab);
    if (module.size() < 2) return;
    module = module.substr(1, module.size() - 2); // [name]
  }
  if (rest.empty()) return;
  entries_.push_back({address, static_cast<uint32_t>(names_.size()), module_index(module), line[used + 1]});
  names_.append(rest).push_back('\0');
}

void SymbolTable::add_veneer(uint64_t address, std::string_view function, std::string_view module) {
  constexpr char kType = 'v';
  const std::string name(function); // which may be one of `names_`
  entries_.push_back({address, static_cast<uint32_t>(names_.size()), module_index(module), kType});
  names_.append(name).push_back('\0');
}

uint16_t SymbolTable::module_index(std::string_view module) {
  // Searched from the end: a module's symbols stand together.
  const auto at = std::find(modules_.rbegin(), modules_.rend(), module);
  if (at != modules_.rend()) return static_cast<uint16_t>(modules_.rend() - at - 1);
  modules_.emplace_back(module);
  return static_cast<uint16_t>(modules_.size() - 1);
}

void SymbolTable::sort() {
  std::ranges::stable_sort(entries_, {}, &Entry::address);
}

std::vector<std::string_view> SymbolTable::names_at(uint64_t address) const {
  std::vector<std::string_view> out;
  const auto first = std::ranges::lower_bound(entries_, address, {}, &Entry::address);
  const auto last = std::ranges::upper_bound(entries_, address, {}, &Entry::address);
  for (const Entry& e : std::span(first, last))
    out.push_back(name(e));
  return out;
}

std::string_view SymbolTable::name_at(uint64_t address) const {
  const auto it = std::ranges::lower_bound(entries_, address, {}, &Entry::address);
  return it != entries_.end() && it->address == address ? name(*it) : std::string_view{};
}

std::optional<Symbol> SymbolTable::below(uint64_t address) const {
  const auto after = std::ranges::upper_bound(entries_, address, {}, &Entry::address);
  if (after == entries_.begin() || std::prev(after)->address == 0) return {};
  const Entry& e = *std::prev(after);
  return Symbol{e.address, 0, std::string(name(e)), modules_[e.module]};
}

std::string SymbolTable::describe(uint64_t address) const {
  const auto s = below(address);
  if (!s) return fmt::format("{:#x}", address);
  return fmt::format("{}+{:#x}{}", s->name, address - s->address,
                     s->module.empty() ? "" : fmt::format(" [{}]", s->module));
}

std::optional<uint64_t> SymbolTable::address_of(std::string_view wanted) const {
  for (const Entry& e : entries_)
    if (e.module == 0 && name(e) == wanted) return e.address;
  return {};
}

uint64_t SymbolTable::size(size_t index) const {
  constexpr uint64_t kLongest = 1 << 16; // no function is longer; the last one of a module has no neighbour
  const uint64_t start = entries_[index].address;
  for (size_t i = index + 1; i < entries_.size(); i++)
    if (entries_[i].address > start) return std::min(entries_[i].address - start, kLongest);
  return kLongest;
}

std::string_view source_name(std::string_view symbol) {
  return symbol.substr(0, symbol.find('.'));
}

bool changed_abi(std::string_view symbol) {
  for (const char* mark : {".isra", ".constprop", ".part"})
    if (symbol.find(mark) != std::string_view::npos) return true;
  return false;
}

} // namespace xs
