// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Lines of /proc/kallsyms, valid and invalid.
#include "../../user/resolve/symbols.hpp"

#include <doctest/doctest.h>

using namespace xs;

namespace {

SymbolTable table(std::initializer_list<const char*> lines) {
  SymbolTable t;
  for (const char* line : lines)
    t.add_line(line);
  t.sort();
  return t;
}

std::vector<Symbol> all(const SymbolTable& t) {
  return t.functions([](std::string_view) { return true; });
}

} // namespace

TEST_CASE("a function's size ends at the next symbol, of whatever kind") {
  const SymbolTable t = table(
      {"ffffffff81000100 T second", "ffffffff81000000 t first", "ffffffff81000180 D data", "ffffffff81000180 d more"});
  const std::vector<Symbol> f = all(t);
  REQUIRE(f.size() == 2);
  CHECK(f[0].name == "first");
  CHECK(f[0].size == 0x100);
  CHECK(f[1].size == 0x80);
}

TEST_CASE("the last symbol has no neighbour, so its size is bounded") {
  CHECK(all(table({"ffffffff81000000 t last"}))[0].size == 1 << 16);
  CHECK(all(table({"ffffffff81000000 t last", "ffffffffa0000000 t far"}))[0].size == 1 << 16);
}

TEST_CASE("modules stand behind a tab, in brackets") {
  const SymbolTable t = table({"ffffffffc0000000 t esp_output_done\t[esp4]",
                               "ffffffffc0001000 t esp_output_done\t[esp6]", "ffffffffc0002000 t also\t[esp4]"});
  const std::vector<Symbol> f = all(t);
  REQUIRE(f.size() == 3);
  CHECK(f[0].module == "esp4");
  CHECK(f[1].module == "esp6");
  CHECK(f[2].module == "esp4");
  CHECK(!t.address_of("also")); // of the built-in ones alone
}

TEST_CASE("functions are wanted by the names of the source") {
  const SymbolTable t =
      table({"ffffffff81000000 t f.isra.0", "ffffffff81000010 t f.isra.0.cold", "ffffffff81000020 t f2",
             "ffffffff81000030 W f", "ffffffff81000040 D f", "ffffffff81000050 B f"});
  std::vector<std::string> names;
  for (const Symbol& s : t.functions([](std::string_view name) { return name == "f"; }))
    names.push_back(s.name);
  CHECK(names == std::vector<std::string>{"f.isra.0", "f.isra.0.cold", "f"});
}

TEST_CASE("what the compiler appended is told from the name") {
  CHECK(source_name("xfrm_input") == "xfrm_input");
  CHECK(source_name("f.isra.0.cold") == "f");
  CHECK(source_name(".hidden") == "");
  CHECK(changed_abi("f.isra.0"));
  CHECK(changed_abi("f.constprop.0.cold"));
  CHECK(changed_abi("f.part.3"));
  CHECK(!changed_abi("f.cold"));
  CHECK(!changed_abi("f"));
}

TEST_CASE("all names of an address are found, the first one first") {
  const SymbolTable t = table({"ffffffff81000000 T __x86_indirect_thunk_array",
                               "ffffffff81000000 T __x86_indirect_thunk_rax", "ffffffff81000020 T other"});
  CHECK(t.name_at(0xffffffff81000000) == "__x86_indirect_thunk_array");
  CHECK(t.names_at(0xffffffff81000000) ==
        std::vector<std::string_view>{"__x86_indirect_thunk_array", "__x86_indirect_thunk_rax"});
  CHECK(t.name_at(0xffffffff81000001).empty());
  CHECK(t.names_at(0xffffffff81000001).empty());
}

TEST_CASE("hidden addresses are noticed") {
  CHECK(table({"0000000000000000 T a", "0000000000000000 t b"}).hidden());
  CHECK(!table({"0000000000000000 A fixed_percpu_data", "ffffffff81000000 T b"}).hidden());
  CHECK(!table({}).hidden());
}

TEST_CASE("lines that are none are left out") {
  for (const char* line :
       {"", " ", "\n", "ffffffff81000000", "ffffffff81000000 ", "ffffffff81000000 t", "ffffffff81000000 t ",
        "ffffffff81000000t f", "ffffffff81000000 tt f", "xyz t f", "ffffffff8100000000 t f", "-1 t f",
        "ffffffff81000000 t \t[m]", "ffffffff81000000 t f\t[", "ffffffff81000000 t f\t"}) {
    CAPTURE(line);
    CHECK(table({line}).count() == 0);
  }
  CHECK(table({"0 t f"}).count() == 1);
}
