// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Sites compared with a made-up source list.
#include "../../user/resolve/audit.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace xs;

namespace {

constexpr CounterRow kCounters[] = {{1, "XfrmInError", "5.10 6.12"},
                                    {4, "XfrmInNoStates", "5.10 6.12"},
                                    {24, "XfrmOutPolDead", "5.10 6.12"},
                                    {29, "XfrmOutStateDirError", "6.12"}};

constexpr ListedProbe kProbes[] = {
    {"in.c", "input", "XfrmInError", "5.10:2 6.12:3", "CONFIG_XFRM", nullptr},
    {"in.c", "input", "XfrmInNoStates", "5.10:1 6.12:1", "CONFIG_XFRM", nullptr},
    {"in.c", "helper", "XfrmInError", "5.10:1 6.12:1", "CONFIG_XFRM", nullptr},
    {"in.c", "newer", "XfrmOutStateDirError", "6.12:1", "CONFIG_XFRM", nullptr},
    {"esp4.c", "done", "XfrmInError", "5.10:1 6.12:1", "CONFIG_XFRM CONFIG_ESP", "esp4"},
    {"esp6.c", "done", "XfrmInError", "5.10:1", "CONFIG_XFRM CONFIG_ESP6", "esp6"},
    {"esp6.c", "done", "XfrmInError", "6.12:1", "CONFIG_XFRM CONFIG_ESP6", nullptr},
};

constexpr ListedInline kInlines[] = {{"in.c", "helper", "input"}};

const SourceList kList{kCounters, kProbes, kInlines};

Site site(const char* function, uint8_t counter, const char* module = "") {
  Site s;
  s.function = function;
  s.module = module;
  s.counter = counter;
  return s;
}

Symbol symbol(const char* name, const char* module = "") {
  return {0x1000, 16, name, module};
}

// A kernel with `input` (helper inlined), `newer`, and both modules.
struct Kernel {
  KernelFacts facts;
  std::vector<Site> sites{site("input", 1),  site("input.cold", 1),   site("input", 4),
                          site("newer", 29), site("done", 1, "esp4"), site("done", 1)};
  Kernel() {
    facts.release = "6.12.9";
    facts.functions = {symbol("input"), symbol("input.cold"), symbol("newer"), symbol("done", "esp4"), symbol("done")};
    facts.loaded = {"esp4"};
  }
  Audit run() const { return audit(sites, facts, kList); }
  void remove(const char* function, const char* module) {
    std::erase_if(sites, [&](const Site& s) { return s.function == function && s.module == module; });
    std::erase_if(facts.functions, [&](const Symbol& s) { return s.name == function && s.module == module; });
  }
};

Absent only_absent(const Audit& a) {
  REQUIRE(a.absent.size() == 1);
  return a.absent[0];
}

} // namespace

TEST_CASE("the nearest version is the newest that is not newer") {
  CHECK(nearest_version("6.12.107+deb13-cloud-amd64", kList) == "6.12");
  CHECK(nearest_version("6.18.44", kList) == "6.12");
  CHECK(nearest_version("6.2.0-rc1", kList) == "5.10");
  CHECK(nearest_version("5.4.0", kList) == "5.10");
  CHECK(nearest_version("", kList) == "5.10");
  CHECK(times_in("5.1:7 5.10:2", "5.10") == 2);
  CHECK(times_in("5.1:7 5.10:2", "5.1") == 7);
  CHECK(times_in("5.10:2", "6.1") == 0);
}

TEST_CASE("a complete kernel lacks nothing but the counter that nobody raises") {
  const Audit a = Kernel().run();
  CHECK(a.version == "6.12");
  CHECK(a.absent.empty());
  REQUIRE(a.functions.size() == 4);
  CHECK(a.functions[0].name == "input");
  CHECK(a.functions[0].file == "in.c");
  CHECK(a.functions[0].sites == std::vector<size_t>{0, 1, 2});
  CHECK(a.functions[0].in_source == 5); // 3 + 1, and 1 of the inlined helper
  CHECK(a.functions[0].unlisted.empty());
  REQUIRE(a.counters.size() == 4);
  CHECK(a.counters[0].sites == 4);
  CHECK(a.counters[2].why == "nothing in Linux 6.12 raises it");
}

TEST_CASE("a module that is not loaded is named with the command to load it") {
  Kernel k;
  k.remove("done", "esp4");
  k.facts.loaded.clear();
  // The built-in function of the same name stands for either row: only its absence tells.
  k.remove("done", "");
  k.facts.config = KernelConfig{{"CONFIG_XFRM", 'y'}, {"CONFIG_ESP", 'm'}};
  const Audit a = k.run();
  REQUIRE(a.absent.size() == 2);
  CHECK(a.absent[0].why == "module esp4 is not loaded");
  CHECK(a.absent[0].remedy == "modprobe esp4");
  CHECK(a.absent[0].reason == Absent::Reason::module);
  CHECK(a.absent[1].why == "CONFIG_ESP6 is not set");
  CHECK(a.absent[1].remedy == "");
}

TEST_CASE("a module that is not installed has no command to load it") {
  Kernel k;
  k.sites = {site("input", 1), site("input", 4), site("newer", 29)};
  k.facts.functions = {symbol("input"), symbol("newer")};
  k.facts.loaded.clear();
  k.facts.installed = std::set<std::string>{"esp6"};
  const Audit a = k.run();
  REQUIRE(a.absent.size() == 2);
  CHECK(a.absent[0].why == "module esp4 is not installed");
  CHECK(a.absent[0].remedy == "");
  CHECK(a.absent[1].why == "no such function in this kernel: not built, or optimised away");
}

TEST_CASE("a function that is there without its increment is told apart from one that is not there") {
  Kernel k;
  std::erase_if(k.sites, [](const Site& s) { return s.counter == 4; });
  Absent a = only_absent(k.run());
  CHECK(a.reason == Absent::Reason::increment);
  CHECK(a.function == "input");
  CHECK(a.counter == "XfrmInNoStates");
  k = Kernel();
  k.remove("newer", "");
  a = only_absent(k.run());
  CHECK(a.reason == Absent::Reason::function);
}

TEST_CASE("an older kernel does not lack what its source never had") {
  Kernel k;
  k.facts.release = "5.10.0-32";
  k.remove("newer", "");
  k.sites.push_back(site("done", 1, "esp6"));
  const Audit a = k.run();
  CHECK(only_absent(a).reason == Absent::Reason::version);
  CHECK(only_absent(a).why == "not in the source of Linux 5.10");
  CHECK(a.counters.size() == 3);
}

TEST_CASE("increments of an inlined function are looked for in its callers only if it has no body of its own") {
  Kernel k;
  k.facts.functions.push_back(symbol("helper"));
  const Absent a = only_absent(k.run());
  CHECK(a.function == "helper");
  CHECK(a.reason == Absent::Reason::increment);
  CHECK(k.run().functions[0].in_source == 4);
  k.sites.push_back(site("helper.part.0", 1));
  CHECK(k.run().absent.empty());
}

TEST_CASE("a site that is not in the list is shown as such") {
  Kernel k;
  k.sites.push_back(site("input", 29));
  k.sites.push_back(site("stranger", 1));
  const Audit a = k.run();
  CHECK(a.functions[0].unlisted == std::vector<size_t>{6});
  CHECK(a.functions.back().unlisted == std::vector<size_t>{7});
  CHECK(a.functions.back().file == "");
}

TEST_CASE("counters are the kernel's own, an unknown one included") {
  Kernel k;
  k.facts.counters = {"XfrmInError", "XfrmBrandNew"};
  const Audit a = k.run();
  REQUIRE(a.counters.size() == 2);
  CHECK(a.counters[1].why == "newer than this list");
}
